"""Iterative pre-copy: rounds that each send what was written during the round before.

Clark et al., *Live Migration of Virtual Machines*, NSDI 2005; vMotion's own stop rule and *Stun During Page Send*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.migration.dirty_rate import PageClass, slowed
from recommender.migration.estimate import PrecopyRound

# Rounds shrink at least by the policy's slowdown each, 0.7^60 of any memory fits any switchover goal; the limit
# bites only under a policy that lets the guest write nearly as fast as is sent.
MAX_ROUNDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Precopy:
    """The rounds, and ``last_mib`` that is left for stop-and-copy when the guest stands still."""

    rounds: tuple[PrecopyRound, ...]
    last_mib: float

    @property
    def seconds(self) -> float:
        """Time of all rounds, the guest running."""
        return sum(one.seconds for one in self.rounds)

    @property
    def sent_mib(self) -> float:
        """Everything sent, stop-and-copy included."""
        return sum(one.memory_mib for one in self.rounds) + self.last_mib


def precopy(
    *,
    memory_mib: float,
    working_set_mib: float,
    dirty_mib_s: float,
    bandwidth_mib_s: float,
    switchover_goal_s: float,
    max_slowdown: float | None,
    max_rounds: int = MAX_ROUNDS,
) -> Precopy:
    """Rounds until the rest fits the switchover goal, nothing is gained, or there were ``max_rounds`` (at least 1).

    ``max_slowdown``: highest dirty rate as a share of bandwidth, ``None`` for a guest that is never slowed.
    """
    return precopy_of_classes(
        memory_mib,
        [PageClass(working_set_mib, dirty_mib_s)],
        bandwidth_mib_s=bandwidth_mib_s,
        switchover_goal_s=switchover_goal_s,
        max_slowdown=max_slowdown,
        max_rounds=max_rounds,
    )


def precopy_of_classes(
    memory_mib: float,
    classes: Sequence[PageClass],
    *,
    bandwidth_mib_s: float,
    switchover_goal_s: float,
    max_slowdown: float | None,
    max_rounds: int = MAX_ROUNDS,
) -> Precopy:
    """The same for a guest that writes several classes of pages, such as hot and cold ones."""
    writing = slowed(classes, bandwidth_mib_s=bandwidth_mib_s, max_slowdown=max_slowdown)
    rounds: list[PrecopyRound] = []
    to_send = memory_mib
    while True:
        seconds = to_send / bandwidth_mib_s
        changed = sum(one.changed_mib(seconds) for one in writing)
        rounds.append(PrecopyRound(number=len(rounds) + 1, memory_mib=to_send, seconds=seconds, changed_mib=changed))
        fits = changed <= bandwidth_mib_s * switchover_goal_s
        if fits or changed >= to_send or len(rounds) >= max_rounds:
            return Precopy(rounds=tuple(rounds), last_mib=changed)
        to_send = changed


def converges(
    *,
    memory_mib: float,
    working_set_mib: float,
    dirty_mib_s: float,
    bandwidth_mib_s: float,
    switchover_goal_s: float,
) -> bool:
    """Whether the rest comes to fit the switchover goal although nobody slows the guest."""
    return converges_of_classes(
        memory_mib,
        [PageClass(working_set_mib, dirty_mib_s)],
        bandwidth_mib_s=bandwidth_mib_s,
        switchover_goal_s=switchover_goal_s,
    )


def converges_of_classes(
    memory_mib: float, classes: Sequence[PageClass], *, bandwidth_mib_s: float, switchover_goal_s: float
) -> bool:
    """The same for several classes of pages.

    In closed form, so that it is exact near λ = 1, where rounds shrink ever more slowly: what is written during a
    transfer is concave in the transfer's size, and so rounds come down to the goal if, and only if, less is written
    while as much as the goal allows is sent; or if the first round leaves little enough already.
    """
    fits_mib = bandwidth_mib_s * switchover_goal_s
    after_first_round = sum(one.changed_mib(memory_mib / bandwidth_mib_s) for one in classes)
    return after_first_round <= fits_mib or sum(one.changed_mib(switchover_goal_s) for one in classes) < fits_mib
