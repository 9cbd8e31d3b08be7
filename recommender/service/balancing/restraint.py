"""Which recommended moves the service does not make by itself now: too new, too soon after another, too many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.priority import MANDATORY
from recommender.placement.result import Move
from recommender.settings.automation import AutomationSettings

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def of_the_last_hour(recent: Sequence[RecentMove], now: datetime) -> list[RecentMove]:
    """What uses up the budgets of an hour."""
    return [move for move in recent if now - move.ended_at < HOUR]


@dataclass(slots=True, kw_only=True)
class Restraint:
    """Counts what the moves of the last day have used up.

    ``recent`` are those moves, ``rounds`` how often each (instance UUID, destination) was wanted in a row,
    ``rejected`` those that a person does not want. ``hold_factor``: so many times the rounds, after gains failed to
    appear.
    """

    settings: AutomationSettings
    now: datetime
    recent: Sequence[RecentMove]
    rounds: Mapping[tuple[str, EntityRef], int]
    rejected: AbstractSet[tuple[str, EntityRef]]
    hold_factor: int = 1
    _hourly: Counter[EntityRef] = field(default_factory=Counter, init=False)
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Count what the last hour has used up."""
        for move in of_the_last_hour(self.recent, self.now):
            self._use(move.source, move.destination)

    def chosen(self, moves: Sequence[tuple[Move, str]]) -> tuple[tuple[Move, ...], dict[EntityRef, str]]:
        """Of these moves, each with its VM's instance UUID, the ones to be made, and why each other VM waits.

        Budgets are given to the most urgent first.
        """
        chosen: list[Move] = []
        waiting: dict[EntityRef, str] = {}
        for move, uuid in sorted(moves, key=lambda one: (one[0].priority, -one[0].gain, one[0].vm)):
            reason = self._reason_to_wait(move, uuid)
            if reason is None:
                chosen.append(move)
                self._use(move.source, move.destination)
            else:
                waiting[move.vm] = reason
        return tuple(chosen), waiting

    def _reason_to_wait(self, move: Move, uuid: str) -> str | None:
        its_own = [recent for recent in self.recent if recent.instance_uuid == uuid]
        if (uuid, move.destination) in self.rejected:
            return "a person has rejected this move"
        resting = [recent for recent in its_own if self.now - recent.ended_at < self._cool_down]
        if any(recent.source == move.destination for recent in resting):
            return "it would go back to where it came from within its cool-down"
        if move.priority == MANDATORY:
            return None
        rounds = self.rounds.get((uuid, move.destination), 1)
        wanted = self.settings.hold_rounds * self.hold_factor
        if rounds < wanted:
            return f"wanted by {rounds} of {wanted} decisions in a row"
        if resting:
            return f"it rests until {max(recent.ended_at for recent in resting) + self._cool_down:%H:%M:%S} UTC"
        return self._spent(move, len(its_own))

    def _spent(self, move: Move, moves_of_vm: int) -> str | None:
        settings = self.settings
        if moves_of_vm >= settings.moves_per_vm_per_day:
            return f"it has moved {moves_of_vm} times within a day"
        if self._made >= settings.moves_per_hour:
            return f"{self._made} moves within an hour"
        for host in (move.source, move.destination):
            if self._hourly[host] >= settings.moves_per_host_per_hour:
                return f"{self._hourly[host]} moves from or to host {host} within an hour"
        return None

    @property
    def _cool_down(self) -> timedelta:
        return timedelta(minutes=self.settings.cool_down_minutes)

    def _use(self, source: EntityRef, destination: EntityRef) -> None:
        self._hourly.update({source, destination})
        self._made += 1
