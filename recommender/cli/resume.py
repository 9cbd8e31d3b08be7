"""``resume``: ends a ``pause``."""

from pathlib import Path

import click

from recommender.cli.journal_access import config_option, journal_for_writing, now, person
from recommender.cli.running_service import ask_service, service_url


@click.command()
@config_option
def resume(config: Path | None) -> None:
    """Go on after `pause`: what waits may start again, looked at anew."""
    from recommender.ports import Order, OrderKind

    if (url := service_url()) is not None:
        click.echo(ask_service(url, "/resume", {})["told"], err=True)
        return
    with journal_for_writing(config) as journal:
        journal.orders.give(Order(kind=OrderKind.RESUME, author=person(), reason="", at=now()))
    click.echo("resumed", err=True)
