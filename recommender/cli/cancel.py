"""``cancel``: what a plan has not started yet is never started."""

from pathlib import Path

import click

from recommender.cli.journal_access import config_option, journal_for_writing, now, person
from recommender.cli.running_service import ask_service, service_url

PLANS_SEARCHED = 1000


@click.command()
@click.argument("plan_id", required=False, metavar="[PLAN]")
@click.option("--reason", default="", help="Shown at the skipped steps and in the audit.")
@config_option
def cancel(plan_id: str | None, reason: str, config: Path | None) -> None:
    """Start nothing more of PLAN (its first digits will do), or of every plan that was begun; what runs goes on."""
    from recommender.errors import UnknownName
    from recommender.ports import Order, OrderKind

    if (url := service_url()) is not None:
        click.echo(ask_service(url, "/cancel", {"plan": plan_id or "", "reason": reason})["told"], err=True)
        return
    with journal_for_writing(config) as journal:
        if plan_id is not None:
            known = [plan.plan_id for plan in journal.plans(PLANS_SEARCHED) if plan.plan_id.startswith(plan_id)]
            if len(known) != 1:
                raise UnknownName("plan", plan_id, known)
            plan_id = known[0]
        journal.orders.give(Order(kind=OrderKind.CANCEL, author=person(), reason=reason, at=now(), plan_id=plan_id))
    click.echo(f"cancelled: {plan_id[:12] if plan_id else 'every plan that was begun'}", err=True)
