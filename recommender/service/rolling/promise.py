"""When a rolling maintenance is over as a whole: promised when it begins, and dated anew as it goes.

Nothing is searched: what hosts still wait for is taken from the plan made at the beginning, what is under way from how
far it is. Each wave is decided afresh, so that this is an estimate, and is called one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from recommender.actuation.turn import Turn, TurnState
from recommender.planning.plan import Plan
from recommender.planning.replan import LEAST_LEFT
from recommender.planning.rolling.rest import HOME, PlannedWave, planned_waves, rest_of_rolling
from recommender.planning.rolling.wave import RollingPlan
from recommender.planning.windows.legs import Leg, OpenTime
from recommender.ports import Clock
from recommender.service.promises.expected import BegunLeg, Expected, Kept, expected_of
from recommender.service.promises.keeping import Keeper
from recommender.service.promises.telling import change_told
from recommender.service.promises.windows import Windows, any_time
from recommender.service.service_journal import ServiceJournal

WHAT: Final = "the whole maintenance"
AT_WORK: Final = (TurnState.READY, TurnState.WORKING)
UNDER_WAY: Final = (TurnState.EMPTYING, *AT_WORK, TurnState.WORKED, TurnState.LEAVING, TurnState.FAILED)


class PlannedRolling(Kept):
    """What was planned when it began: the waves, the way home last, and what was promised by that."""

    waves: tuple[PlannedWave, ...]
    promised: Expected


@dataclass(slots=True, kw_only=True)
class RollingPromise:
    """Of one maintenance in this process. ``work_s``: what the work on the hosts of a wave is expected to take."""

    campaign_id: str
    work_s: float
    journal: ServiceJournal
    clock: Clock
    tell: Callable[[str], None]
    windows: Windows = any_time
    _keeper: Keeper = field(init=False)
    _waves: tuple[PlannedWave, ...] = field(default=(), init=False)
    _kept: Expected | None = field(default=None, init=False)  # None: nothing was promised of the whole
    _moved_at: datetime | None = field(default=None, init=False)  # when the migrations under way are over
    _late: float = field(default=1.0, init=False)  # by how much their p95 is more

    def __post_init__(self) -> None:
        self._keeper = Keeper(campaign_id=self.campaign_id, journal=self.journal, tell=self.tell)
        if found := self.journal.promises.of(self.campaign_id):
            self._waves = PlannedRolling.model_validate(found.planned).waves
            self._kept = self._keeper.written = Expected.model_validate(found.expected)

    @property
    def is_missing(self) -> bool:
        """Whether nothing was promised of the whole, and nothing of it has begun. Raises ``JournalError``."""
        return self._kept is None and all(
            turn.state is TurnState.WAITING and turn.wave is None
            for turn in self.journal.campaigns.turns(self.campaign_id)
        )

    def begin(self, plan: RollingPlan) -> None:
        """Promise what ``plan`` says. Raises ``JournalError``."""
        self._waves, now = planned_waves(plan), self.clock.now()
        hosts = {host for wave in self._waves for host in wave.hosts}
        legs = rest_of_rolling(self._waves, hosts, self.work_s)
        self._kept = promised = expected_of(legs, now, self.windows)
        planned = PlannedRolling(waves=self._waves, promised=promised)
        self.journal.promises.begin(self.campaign_id, planned.as_json(), promised.as_json())
        self._expect(promised)

    def begins(self, number: int | None) -> None:
        """A wave, or the way home, begins now."""
        if self._kept is not None:
            begun = (*self._kept.begun, BegunLeg(number=number, starts_at=self.clock.now()))
            self._kept = self._kept.model_copy(update={"begun": begun})

    def carries(self, plan: Plan) -> None:
        """Its migrations, or those that are tried again, begin now along ``plan``."""
        self._late = plan.makespan_p95_s / plan.makespan_s if plan.makespan_s else 1.0
        self.moves(self.clock.now() + timedelta(seconds=plan.makespan_s), 0.0)

    def moves(self, finish_at: datetime, again_s: float) -> None:
        """The migrations under way are expected to end then, and what has failed to take so long elsewhere."""
        self._moved_at = finish_at + timedelta(seconds=again_s)
        self.look()

    def look(self, stopped: str = "", *, goes_on: bool = True) -> None:
        """Date the rest anew, and tell if that changes anything.

        ``stopped``: why nothing more happens in this window; ``goes_on``: in the next one, without a person.
        """
        if self._kept is None:
            return
        now, turns = self.clock.now(), self.journal.campaigns.turns(self.campaign_id)
        begun = tuple(_with_end(one, turns, now) for one in self._kept.begun)
        is_home = any(one.number is HOME for one in begun)
        waiting = {turn.host for turn in turns if turn.state is TurnState.WAITING}
        last = max((turn.wave or 0 for turn in turns), default=0)
        coming = [wave for wave in self._waves if wave.hosts or not is_home]
        legs = rest_of_rolling(coming, waiting, self.work_s, first=last + 1)
        under_way, windows = self._under_way(turns, now, is_home=is_home), self.windows
        failed = next((turn.detail for turn in turns if turn.state is TurnState.FAILED), "")
        reason = f"a person has to look: {failed}" if failed else "" if goes_on else stopped
        if stopped and not reason:
            legs = [*([(last, under_way)] if under_way else []), *legs]
            under_way, windows = None, partial(self._later_windows, now)
        expected = expected_of(legs, now, windows, under_way=under_way, reason=reason)
        self._expect(expected.model_copy(update={"begun": begun, "said": self._kept.said}))

    def over(self) -> None:
        """Nothing is left to be done."""
        if self._kept is not None:
            now = self.clock.now()
            begun = tuple(one if one.ends_at else one.model_copy(update={"ends_at": now}) for one in self._kept.begun)
            ended = expected_of([], now, self.windows)
            self._keeper.written = None  # however little it differs
            self._kept = self._keeper.keep(ended.model_copy(update={"begun": begun, "said": ended.end}))

    def _under_way(self, turns: tuple[Turn, ...], now: datetime, *, is_home: bool) -> Leg | None:
        """What is left of the wave whose hosts are away, or of the way home."""
        if not is_home and not any(turn.state in UNDER_WAY for turn in turns):
            return None
        moves_s = max(0.0, (self._moved_at - now).total_seconds()) if self._moved_at else 0.0
        late_s = moves_s * self._late
        if is_home:
            return Leg(takes_s=moves_s, p95_s=late_s)
        takes_s, p95_s = (max(self._left_s(turn, some_s, now) for turn in turns) for some_s in (moves_s, late_s))
        return Leg(takes_s=takes_s, p95_s=p95_s)

    def _left_s(self, turn: Turn, moves_s: float, now: datetime) -> float:
        if turn.state is TurnState.EMPTYING:
            return moves_s + self.work_s
        if turn.state not in AT_WORK:
            return 0.0
        passed_s = (now - turn.changed_at).total_seconds() if turn.changed_at else 0.0
        return max(self.work_s - passed_s, LEAST_LEFT * self.work_s)

    def _later_windows(self, now: datetime) -> Iterator[OpenTime]:
        return (one for one in self.windows() if one.opens_at > now)

    def _expect(self, expected: Expected) -> None:
        told = change_told(WHAT, expected.said, expected)
        self._kept = self._keeper.keep(expected, told)


def _with_end(one: BegunLeg, turns: tuple[Turn, ...], now: datetime) -> BegunLeg:
    """A wave is over once none of its hosts is away."""
    if one.ends_at is not None or one.number is HOME:
        return one
    is_away = any(turn.wave == one.number and turn.state in UNDER_WAY for turn in turns)
    return one if is_away else one.model_copy(update={"ends_at": now})
