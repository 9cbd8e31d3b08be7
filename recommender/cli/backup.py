"""``backup``: a copy of an embedded journal while it is in use."""

from pathlib import Path

import click

from recommender.cli.journal_access import config_option, settings_of


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config: Path | None) -> None:
    """Copy the SQLite journal to FILE, whole and at one moment (PostgreSQL has pg_dump)."""
    from recommender.journal.backup import back_up

    back_up(settings_of(config).journal.url, file)
    click.echo(f"{file}: written", err=True)
