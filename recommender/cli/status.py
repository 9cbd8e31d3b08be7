"""``status``: what the journal knows."""

from pathlib import Path

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import output_option


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="RECOMMENDER_CONFIG",
    help="Configuration file (TOML).",
)
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many of each.")
@output_option
def status(config: Path | None, limit: int, output: str) -> int:
    """Show the last plans, the steps of the latest one, open steps, and the service's last cycles.

    Only the journal is read; vCenter is not asked.
    """
    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.status import print_status
    from recommender.service.journal_status import status_document
    from recommender.settings.load import load_settings

    with open_read_only(load_settings(config).journal.url) as journal:
        document = status_document(journal, limit=limit)
    if output == "json":
        click.echo(dumps(document))
    else:
        print_status(data_console(), document)
    return ExitCode.DONE
