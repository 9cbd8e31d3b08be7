"""A clash of sums: all VMs together ask for more than all hosts have that are open to them. Quick at any fleet size."""

from collections.abc import Collection, Sequence

import numpy as np

from recommender.placement.conflicts.requirements import Requirement, Requirements
from recommender.placement.problem import Bools, Floats


def room_clash(said: Requirements, home: Sequence[int], *, is_tolerant: bool) -> tuple[Requirement, ...] | None:
    """The smallest set: a limit, and the requirements that close hosts to everybody who asks for it; ``None`` if none.

    Where it is tolerated that a host is too full, its room is at least what is on it.
    """
    for name in dict.fromkeys(name for _, name, *_ in said.limits):
        limits = [(one, host, demand, limit) for one, what, host, demand, limit in said.limits if what == name]
        demand = limits[0][2]
        room = np.zeros(len(said.hosts))
        for _, host, _, limit in limits:
            there = float(demand[[row for row, at in enumerate(home) if at == host]].sum()) if is_tolerant else 0.0
            room[host] = max(limit, there, 0.0)
        closing = {one: _closed_to_all(said, one, demand > 0) for one in said.closed}
        closing = {one: hosts for one, hosts in closing.items() if hosts.any()}
        kept = list(closing)
        if not _is_short(demand.sum(), room, closing, kept):
            continue
        for one in list(closing):
            rest = [other for other in kept if other != one]
            if _is_short(demand.sum(), room, closing, rest):
                kept = rest
        shut = np.logical_or.reduce([closing[one] for one in kept]) if kept else np.zeros(len(room), dtype=bool)
        return (*dict.fromkeys(one for one, host, *_ in limits if not shut[host]), *kept)
    return None


def _closed_to_all(said: Requirements, one: Requirement, asking: Bools) -> Bools:
    """Hosts to which nobody who asks for the capacity may go, by this requirement."""
    count = np.zeros(len(said.hosts), dtype=np.int64)
    for row, host in said.closed[one]:
        if asking[row]:
            count[host] += 1
    closed: Bools = count == int(asking.sum())
    return closed


def _is_short(asked: float, room: Floats, closing: dict[Requirement, Bools], kept: Collection[Requirement]) -> bool:
    shut = np.logical_or.reduce([closing[one] for one in kept]) if kept else np.zeros(len(room), dtype=bool)
    return bool(asked > room[~shut].sum() + 1e-6)
