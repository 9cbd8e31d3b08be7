"""``status``: how the service is, what runs, what comes next, and why nothing happens."""

import time
from pathlib import Path
from typing import Any

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, now, settings_of
from recommender.cli.options import output_option
from recommender.cli.running_service import ask_service, service_url


@click.command()
@config_option
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many of each.")
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option("--interval-s", type=click.FloatRange(min=0.2), default=2.0, show_default=True, help="With --watch.")
@output_option
def status(*, config: Path | None, limit: int, watch: bool, interval_s: float, output: str) -> int:
    """Show who leads, the last poll and decision, what runs and how far it is, what comes next, why nothing happens.

    Then the last plans and cycles. Only the journal is read; vCenter is not asked.
    """
    url = service_url()
    _show(_document(config, limit, url), output)
    while watch:
        time.sleep(interval_s)
        document = _document(config, limit, url)
        if output == "table":
            click.clear()
        _show(document, output)
    return ExitCode.DONE


def _document(config: Path | None, limit: int, url: str | None) -> dict[str, Any]:
    from recommender.journal.store import open_read_only
    from recommender.service.documents.status import status_document

    if url is not None:
        return ask_service(url, "/status")
    settings = settings_of(config)
    with open_read_only(settings.journal.url) as journal:
        return status_document(journal, settings, now(), limit=limit)


def _show(document: dict[str, Any], output: str) -> None:
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.status import print_status

    if output == "json":
        click.echo(dumps(document))
    else:
        print_status(data_console(), document)
