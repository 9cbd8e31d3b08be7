"""``audit``: the chain of everything decided, approved and done; shown, checked, exported."""

from pathlib import Path

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, require_journal, settings_of


@click.group()
def audit() -> None:
    """Show, check or export the audit."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@config_option
def list_(limit: int, config: Path | None) -> None:
    """Show the last entries, latest first."""
    from recommender.journal.store import open_read_only
    from recommender.report.text import plain

    with open_read_only(settings_of(config).journal.url) as journal:
        for entry in require_journal(journal).audit.last(limit):
            click.echo(plain(f"{entry.number:>6}  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.kind:<12} {entry.content}"))


@audit.command()
@click.option("--anchor", type=click.Path(path_type=Path), help="The file of `audit.anchor_file`.")
@config_option
def verify(anchor: Path | None, config: Path | None) -> int:
    """Check that nothing was changed, removed or put in; with --anchor, also that history was not made anew."""
    from recommender.journal.audit_anchor import anchor_problems, read_anchors
    from recommender.journal.audit_chain import problems
    from recommender.journal.store import open_read_only

    anchors = () if anchor is None else read_anchors(anchor)
    with open_read_only(settings_of(config).journal.url) as journal:
        entries = tuple(require_journal(journal).audit.entries())
    found = [*problems(entries), *anchor_problems(entries, anchors)]
    for problem in found:
        click.echo(problem)
    if found:
        return ExitCode.AUDIT_BROKEN
    checked = f", {len(anchors)} anchors" if anchor is not None else "; no anchor was given"
    click.echo(f"whole: {len(entries)} entries{checked}")
    return ExitCode.DONE


@audit.command()
@config_option
def export(config: Path | None) -> None:
    """Print every entry as one line of JSON, first to last."""
    import json

    from recommender.journal.store import open_read_only

    with open_read_only(settings_of(config).journal.url) as journal:
        for entry in require_journal(journal).audit.entries():
            click.echo(json.dumps(entry.document, sort_keys=True))
