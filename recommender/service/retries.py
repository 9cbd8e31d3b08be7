"""Goes on after failed migrations: they are tried elsewhere, each time by a plan of its own, or left with the reason.

Only what is proven to have ended, or never to have begun, is tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from recommender.errors import PlanStale
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.placement.tried import Tried, tried
from recommender.policy import RetryPolicy
from recommender.ports import Clock, OrderKind, StepOutcome, StepState
from recommender.service.carry_out import CarriedOut
from recommender.service.service_journal import ServiceJournal

POLL_S: Final = 2.0


def tried_since(inventory: Inventory, journal: ServiceJournal, retry: RetryPolicy, since: datetime) -> Tried:
    """What the journal's failures since then mean for the next decision. Raises ``JournalError``."""
    unsettled = {step.instance_uuid for step in journal.open_steps()}
    return tried(inventory, retry, journal.retries.failed_since(since), unsettled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How an undertaking goes on. ``again`` makes the plan of the next attempt, or tells why there is none.

    Nothing is tried again once ``stop`` says so, or that could not start before ``deadline`` (aware UTC).
    """

    carry: Callable[[SavedPlan], CarriedOut]
    again: Callable[[], SavedPlan | str]
    journal: ServiceJournal
    clock: Clock
    retry: RetryPolicy
    stop: Callable[[], bool]
    deadline: datetime | None = None
    say: Callable[[str], None] = field(default=lambda _: None)

    def carry_out(self, first: SavedPlan) -> CarriedOut:
        """``first``, and after failures what can be done about them; all attempts in one. Raises as ``carry`` does."""
        rounds = [self.carry(first)]
        while _has_failed(rounds[-1]) and len(rounds) < self.retry.attempts:
            attempt = len(rounds) + 1
            if reason := self._reason_to_leave(rounds[0].plan_id, attempt):
                self.say(f"not tried again: {reason}")
                break
            plan = self.again()
            if isinstance(plan, str):
                self.say(f"not tried again: {plan}")
                break
            self.say(f"attempt {attempt} of {self.retry.attempts}: {len(plan.plan.steps)} migrations elsewhere")
            self.journal.retries.begin(plan_id(plan), rounds[0].plan_id, attempt)
            try:
                rounds.append(self.carry(plan))
            except PlanStale as stale:
                self.say(f"not tried again: {stale}")
                break
        return as_one(rounds)

    def _reason_to_leave(self, first: str, attempt: int) -> str | None:
        """Wait as long as is to be waited; then why it is not tried all the same."""
        until = self.clock.now() + timedelta(seconds=self.retry.wait_s(attempt))
        if self.deadline is not None and until >= self.deadline:
            return f"the window ends before attempt {attempt}, at {until:%H:%M:%S} UTC, could begin"
        while True:
            order = self.journal.standing_order(first)
            if order is not None and order.kind is OrderKind.CANCEL:
                return f"the plan was {order}"
            if self.stop():
                return "stop was asked for"
            left_s = (until - self.clock.now()).total_seconds()
            if left_s <= 0:
                return None
            self.clock.sleep(min(POLL_S, left_s))


def _has_failed(carried: CarriedOut) -> bool:
    """Whether another destination may do for something, or something failed that is to be told why it is left."""
    outcomes = [result.outcome for result in carried.steps]
    return any(outcome.state is StepState.FAILED or outcome.retry is not None for outcome in outcomes)


def as_one(rounds: list[CarriedOut]) -> CarriedOut:
    """All attempts as one: of each VM what its last attempt made of it."""
    if len(rounds) == 1:
        return rounds[0]
    last: dict[EntityRef, int] = {}
    maintenance: dict[EntityRef, StepOutcome] = {}
    for number, carried in enumerate(rounds):
        last.update((result.step.move.vm, number) for result in carried.steps)
        maintenance.update(carried.maintenance)
    return replace(
        rounds[0],
        steps=tuple(
            result
            for number, carried in enumerate(rounds)
            for result in carried.steps
            if last[result.step.move.vm] == number
        ),
        maintenance=tuple(maintenance.items()),
        watched=tuple(move for carried in rounds for move in carried.watched),
        given_up=rounds[-1].given_up,
        attempts=tuple(rounds),
    )
