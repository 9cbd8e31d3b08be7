"""``history``: what was migrated, by VM, host and time."""

from pathlib import Path

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, now, require_journal, settings_of
from recommender.cli.options import output_option


@click.command()
@click.argument("vm", required=False, metavar="[VM]")
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far to look back.")
@config_option
@output_option
def history(vm: str | None, days: int, config: Path | None, output: str) -> int:
    """Show the migrations that were done, oldest first; of one VM by its name, address or instance UUID."""
    from datetime import timedelta

    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.migration_history import print_history
    from recommender.service.documents.history import history_document

    with open_read_only(settings_of(config).journal.url) as found:
        journal = require_journal(found)
        done, names = journal.done.since(now() - timedelta(days=days)), journal.names.all()
    if vm is not None:
        ways = ((one, (one.step.instance_uuid, str(one.step.vm), names.get(str(one.step.vm)))) for one in done)
        done = tuple(one for one, known_as in ways if vm in known_as)
    document = history_document(done, names)
    if output == "json":
        click.echo(dumps(document))
    else:
        print_history(data_console(), document)
    return ExitCode.DONE
