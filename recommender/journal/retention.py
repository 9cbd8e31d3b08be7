"""What is old and of no use any more is removed; what keeps a thing from happening twice, and the audit, stay."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from recommender.journal.audit_chain import append
from recommender.journal.campaign_tables import campaign_batches, campaigns
from recommender.journal.connections import Connections
from recommender.journal.recommendations import RecommendationState
from recommender.journal.restorations import OPEN as RESTORATIONS_OPEN
from recommender.journal.tables import (
    cycles,
    foreign_moves,
    gains,
    host_calls,
    plans,
    recommendations,
    restorations,
    steps,
)
from recommender.journal.transitions import OPEN


def remove_before(connections: Connections, before: datetime, at: datetime) -> int:
    """Remove what ended before that moment; how many rows. Raises ``JournalError``.

    Of a plan its id stays, so that it is never applied again, without its document and steps. Occurrences stay: their
    keys are what lets each happen once. A plan with a step that is open stays whole, and so does one of a campaign that
    has not ended: the way back needs it.
    """
    still_open = select(steps.c.plan_id).where(steps.c.state.in_([state.value for state in OPEN]))
    calls_open = select(host_calls.c.plan_id).where(host_calls.c.state.in_([state.value for state in OPEN]))
    settings_open = select(restorations.c.plan_id).where(restorations.c.state.in_(RESTORATIONS_OPEN))
    going_on = select(campaigns.c.id).where(campaigns.c.ended_at.is_(None))
    of_campaigns = select(campaign_batches.c.plan_id).where(campaign_batches.c.campaign_id.in_(going_on))
    open_plans = (still_open, calls_open, settings_open, of_campaigns)
    over = (plans.c.ended_at < before, *(plans.c.id.not_in(some) for some in open_plans))
    old_plans = select(plans.c.id).where(*over)
    ended = recommendations.c.state != RecommendationState.OPEN.value
    statements: tuple[Any, ...] = (
        delete(steps).where(steps.c.plan_id.in_(old_plans)),
        delete(host_calls).where(host_calls.c.plan_id.in_(old_plans)),
        delete(restorations).where(restorations.c.plan_id.in_(old_plans)),
        delete(cycles).where(cycles.c.at < before),
        delete(recommendations).where(ended, recommendations.c.ended_at < before),
        delete(foreign_moves).where(foreign_moves.c.at < before),
        delete(gains).where(gains.c.at < before),
    )
    with connections.transaction("remove what is old") as connection:
        removed = sum(connection.execute(statement).rowcount for statement in statements)
        connection.execute(update(plans).where(*over).values(document=""))
        if removed:
            append(connection, at, "retention", "", {"before": before.isoformat(), "rows": removed})
    return removed
