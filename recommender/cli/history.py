"""``history``: what was migrated, by VM, host and time."""

from pathlib import Path

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, now, require_journal, settings_of
from recommender.cli.options import output_option


@click.command()
@click.argument("instance_uuid", required=False)
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far to look back.")
@config_option
@output_option
def history(instance_uuid: str | None, days: int, config: Path | None, output: str) -> int:
    """Show the migrations that were done, oldest first; of one VM if its INSTANCE_UUID is given."""
    from datetime import timedelta

    from recommender.journal.store import open_read_only
    from recommender.report.json_document import dumps
    from recommender.report.text import plain

    with open_read_only(settings_of(config).journal.url) as journal:
        moves = require_journal(journal).recent_moves(now() - timedelta(days=days))
    moves = tuple(move for move in moves if instance_uuid in (None, move.instance_uuid))
    if output == "json":
        rows = [
            {
                "instance_uuid": move.instance_uuid,
                "source": str(move.source),
                "destination": str(move.destination),
                "ended_at": move.ended_at.isoformat(),
            }
            for move in moves
        ]
        click.echo(dumps({"format": "recommender-history/1", "moves": rows}))
        return ExitCode.DONE
    for move in moves:
        told = f"{move.ended_at:%Y-%m-%d %H:%M:%S} UTC  {move.instance_uuid}  {move.source} → {move.destination}"
        click.echo(plain(told))
    return ExitCode.DONE
