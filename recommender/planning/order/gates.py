"""Keeping to an order when durations differ from those it was found with: who has to come or go first at each host.

A move to a host waits for those that in the order had left it by then to have ended, and for the one that came to it
before to have started. So no host ever holds more than it did in the order, however long the moves take.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move


@dataclass(frozen=True, slots=True)
class Gate:
    """Positions of the moves that must have ended, and of those that must have started."""

    ended: tuple[int, ...] = ()
    started: tuple[int, ...] = ()


def gates_of(moves: Sequence[Move], starts_s: Sequence[float], ends_s: Sequence[float]) -> list[Gate]:
    """One gate for each move; the lists belong together."""
    leaving: defaultdict[EntityRef, list[int]] = defaultdict(list)
    for number, move in enumerate(moves):
        leaving[move.source].append(number)
    latest: dict[EntityRef, int] = {}
    gates = [Gate()] * len(moves)
    for number in sorted(range(len(moves)), key=lambda one: (starts_s[one], one)):
        host = moves[number].destination
        gone = (other for other in leaving[host] if ends_s[other] <= starts_s[number] and other != number)
        came = (latest[host],) if host in latest else ()
        gates[number] = Gate(ended=tuple(gone), started=came)
        latest[host] = number
    return gates
