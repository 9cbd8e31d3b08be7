"""``approve``: a person releases exactly the plan in a file, by its SHA-256."""

from pathlib import Path

import click

from recommender.cli.journal_access import config_option, journal_for_writing, now, person, settings_of


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def approve(file: Path, config: Path | None) -> None:
    """Approve the plan in FILE; `apply` carries it out. One changed digit of it is another plan."""
    from recommender.journal.approvals import Approval
    from recommender.journal.plan_file import plan_id, read_plan
    from recommender.service.approval import refuse_own_plan

    saved, approver = read_plan(file), person()
    refuse_own_plan(settings_of(config).approval, saved, approver)
    approval = Approval(plan_id=plan_id(saved), approver=approver, author=saved.author, at=now())
    with journal_for_writing(config) as journal:
        journal.approvals.give(approval)
    click.echo(f"{file}: plan {approval.plan_id[:12]} is approved by {approver}", err=True)
