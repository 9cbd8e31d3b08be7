"""``approve``: a person releases exactly one plan, by its SHA-256."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.journal_access import config_option, journal_for_writing, now, person, settings_of
from recommender.cli.running_service import ask_service, service_url

if TYPE_CHECKING:
    from recommender.journal.plan_file import SavedPlan
    from recommender.journal.store import DatabaseJournal


@click.command()
@click.argument("plan", metavar="FILE|PLAN")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save PLAN in FILE to look at; nothing is approved."
)
@config_option
def approve(plan: str, out: Path | None, config: Path | None) -> None:
    """Approve the plan in FILE, or the proposed plan that `status` shows as PLAN (its first digits will do).

    `apply` carries out the one; the service, `campaign` or `maintain` the other. One changed digit makes another plan.
    """
    if out is not None:
        _save(plan, out, config)
        return
    from recommender.journal.approvals import Approval
    from recommender.journal.plan_file import plan_id, read_plan
    from recommender.service.approval import refuse_own_plan

    if _is_plan_number(plan) and (url := service_url()) is not None:
        told = ask_service(url, "/approve", {"plan": plan})
        click.echo(f"plan {told['approved'][:12]} of {told['author']} is approved", err=True)
        return
    settings, approver = settings_of(config).approval, person()
    saved = None if _is_plan_number(plan) else read_plan(Path(plan))
    with journal_for_writing(config) as journal:
        saved = saved or _proposed(journal, plan)
        refuse_own_plan(settings, saved, approver)
        approval = Approval(plan_id=plan_id(saved), approver=approver, author=saved.author, at=now())
        journal.approvals.give(approval)
    click.echo(f"plan {approval.plan_id[:12]} of {saved.author} is approved by {approver}", err=True)


def _save(plan: str, out: Path, config: Path | None) -> None:
    from recommender.cli.carrying_out import save_for_apply
    from recommender.cli.journal_access import require_journal
    from recommender.journal.store import open_read_only

    with open_read_only(settings_of(config).journal.url) as found:
        save_for_apply(out, _proposed(require_journal(found), plan))


def _is_plan_number(text: str) -> bool:
    return not Path(text).exists() and len(text) <= 64 and all(digit in "0123456789abcdef" for digit in text)


def _proposed(journal: "DatabaseJournal", plan: str) -> "SavedPlan":
    from recommender.errors import UnknownName

    waiting = journal.proposals.open(now())
    found = [proposal for proposal in waiting if proposal.plan_id.startswith(plan)]
    if len(found) != 1:
        raise UnknownName("plan that waits for an approval", plan, [proposal.plan_id[:12] for proposal in waiting])
    return found[0].saved
