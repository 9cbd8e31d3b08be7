"""The gain that really came of balancing: promised, measured some time later, and a reason to hold back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from recommender.inventory.reference import EntityRef
from recommender.ports import StepState
from recommender.service.carry_out import CarriedOut
from recommender.service.cycle import Decision
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import AutomationSettings

REMEMBERED_PLANS: Final = 4  # in a row may double the rounds: 16 times as many at most


def promise_gain(journal: ServiceJournal, outcome: CarriedOut, decision: Decision, now: datetime) -> None:
    """Write down what the moves that were made promise. Raises ``JournalError``."""
    done = [result.step.move for result in outcome.steps if result.outcome.state is StepState.DONE]
    promised = sum(move.gain for move in done)
    if promised > 0:
        journal.gains.promise(outcome.plan_id, now, before=decision.result.starting_objective.total, promised=promised)


def measure_gain(
    settings: AutomationSettings,
    journal: ServiceJournal,
    decision: Decision,
    now: datetime,
    concerns: Callable[[EntityRef], bool] = lambda _: True,
) -> None:
    """What it costs as it stands now is what came of plans that are over for long enough. Raises ``JournalError``.

    ``concerns``: whether the decision was about a host; plans for others were made, and are measured, elsewhere.
    """
    cost = decision.result.starting_objective.total
    if not journal.gains.measure(now - timedelta(minutes=settings.gain_after_minutes), now, cost, concerns):
        return
    log: Any = structlog.get_logger()
    last = journal.gains.last(1)[0]
    share = None if last.share is None else round(last.share, 2)
    log.info("gain measured", plan=last.plan_id[:12], promised=round(last.promised, 1), share=share)


def hold_factor(settings: AutomationSettings, journal: ServiceJournal) -> int:
    """How many times longer a recommendation has to stand: doubled by each of the last plans that gained too little.

    A plan that kept its promise ends the row. Raises ``JournalError``.
    """
    factor = 1
    for gain in journal.gains.last(REMEMBERED_PLANS):
        if gain.share is None:
            continue
        if gain.share >= settings.least_gain_share:
            break
        factor *= 2
    return factor
