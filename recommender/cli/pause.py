"""``pause``: every process that acts starts nothing more until ``resume``."""

from pathlib import Path

import click

from recommender.cli.journal_access import config_option, journal_for_writing, now, person
from recommender.cli.running_service import ask_service, service_url


@click.command()
@click.argument("reason", default="")
@click.option("--reason", "also_reason", default="", hidden=True)  # as `recommendations reject` has it
@config_option
def pause(reason: str, also_reason: str, config: Path | None) -> None:
    """Start nothing more until `resume`; what runs goes on. REASON is shown by `status` and in the audit."""
    from recommender.ports import Order, OrderKind

    reason = reason or also_reason
    if (url := service_url()) is not None:
        click.echo(ask_service(url, "/pause", {"reason": reason})["told"], err=True)
        return
    with journal_for_writing(config) as journal:
        journal.orders.give(Order(kind=OrderKind.PAUSE, author=person(), reason=reason, at=now()))
    click.echo("paused: nothing more is started", err=True)
