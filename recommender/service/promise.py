"""Watches whether a plan that is being carried out still ends when it was promised to, and says when that changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from recommender.actuation.step_result import OnEvent, StepEvent, StepEventKind
from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.replan import Progress, Rest, rest_of
from recommender.planning.transfers.transfer import Transfer, median_transfer
from recommender.policy import Policy
from recommender.ports import StepState

WORTH_SAYING: Final = timedelta(minutes=1)
PAUSE_S: Final = 10.0  # thousands of migrations end in a minute: not after each is all timed anew
LATER_BY: Final = 0.1  # or by so much of what was left, where that is more

OnFinish = Callable[[datetime, float], None]


def nobody_asks(_finish_at: datetime, _again_s: float) -> None:
    """For a plan that is no part of anything greater."""


@dataclass(slots=True, kw_only=True)
class PromiseWatch:
    """Takes the events of a plan that starts at ``began_at``, passes them on to ``on_event``, and tells ``say``.

    ``on_finish`` is told each time when the plan is expected to end, and how long what has failed, or cannot follow,
    would take elsewhere; also where that is not worth saying.
    """

    plan: Plan
    inventory: Inventory
    policy: Policy
    began_at: datetime
    on_event: OnEvent
    say: Callable[[str], None]
    deadline: datetime | None = None
    on_finish: OnFinish = nobody_asks
    _transfers: list[Transfer] = field(default_factory=list, init=False)
    _done: set[int] = field(default_factory=set, init=False)
    _gone: set[int] = field(default_factory=set, init=False)
    _running: dict[int, float] = field(default_factory=dict, init=False)
    _lost: set[int] = field(default_factory=set, init=False)
    _told_s: float = field(default=0.0, init=False)
    _looked_s: float = field(default=-PAUSE_S, init=False)

    def __post_init__(self) -> None:
        self._transfers = [self._transfer(step) for step in self.plan.steps]
        self._told_s = self.plan.makespan_s

    def __call__(self, event: StepEvent) -> None:
        """One event, in order of time."""
        self.on_event(event)
        at_s, number = (event.at - self.began_at).total_seconds(), event.step.number
        if event.kind is StepEventKind.SENT:
            self._running[number] = at_s
        elif event.kind is StepEventKind.ENDED:
            self._running.pop(number, None)
            is_done = event.outcome is not None and event.outcome.state is StepState.DONE
            (self._done if is_done else self._gone).add(number)
            if is_done and at_s - self._looked_s < PAUSE_S:
                return
            self._looked_s = at_s
            progress = Progress(now_s=at_s, done=self._done, gone=self._gone, running=self._running)
            rest = rest_of(self.plan, self._transfers, progress)
            self._tell(at_s, rest)
            again = {*self._gone, *rest.lost}
            again_s = max((step.duration_s for step in self.plan.steps if step.number in again), default=0.0)
            self.on_finish(self.began_at + timedelta(seconds=rest.finish_s), again_s)

    def _transfer(self, step: PlanStep) -> Transfer:
        try:
            return median_transfer(self.inventory, self.policy, step.move)
        except KeyError:  # its VM or host has vanished: the step will be skipped, and that is told then
            return Transfer(fixed_s=step.duration_s, work_mib=0.0, own_mib_s=1.0, links=())

    def _tell(self, now_s: float, rest: Rest) -> None:
        new = [number for number in rest.lost if number not in self._lost]
        if new:
            self._lost.update(new)
            named = ", ".join(map(str, new[:10])) + (f" and {len(new) - 10} more" if len(new) > 10 else "")
            self.say(f"steps that cannot follow any more: {named}")
        worth_s = max(WORTH_SAYING.total_seconds(), LATER_BY * (self._told_s - now_s))
        if rest.steps and abs(rest.finish_s - self._told_s) >= worth_s:
            self.say(f"finish moves {self._clock(self._told_s)} → {self._clock(rest.finish_s)}{self._fits(rest)}")
            self._told_s = rest.finish_s

    def _fits(self, rest: Rest) -> str:
        if self.deadline is None:
            return ""
        ends_at = self.began_at + timedelta(seconds=rest.finish_s)
        over = "still in the window" if ends_at <= self.deadline else "beyond the window"
        return f", {over}, which ends at {self.deadline:%H:%M}"

    def _clock(self, seconds: float) -> str:
        return f"{self.began_at + timedelta(seconds=seconds):%H:%M}"
