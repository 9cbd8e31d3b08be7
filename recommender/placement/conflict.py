"""Why it cannot be done: a smallest set of rules and limits that clash, by deletion.

A requirement is left out of the set, one after the other, and stays out if the rest clashes all the same; what remains
clashes, and without any one of it no longer (Chinneck and Dravnieks, Locating minimal infeasible constraint sets in
linear programs, 1991).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.inventory.reference import EntityRef
from recommender.placement.conflict_model import ConflictModel
from recommender.placement.free_vms import FreeVms, free_vms
from recommender.placement.request import PlacementRequest
from recommender.placement.requirements import ABOUT_ONE_HOST, Requirement, Requirements, requirements_of
from recommender.placement.room_clash import room_clash
from recommender.placement.rules_asked import rules_asked

MOST_PAIRS = 40_000  # of VMs and hosts in one model
MOST_VMS_NAMED = 60  # among more, it is not told which of them it takes
ONE_S, ALL_S = 4.0, 40.0  # deterministic seconds of one proof, and of all


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Of one capacity: what the VMs of the conflict ask for, and the room for them on the hosts that limit them."""

    capacity: str
    asked: int
    largest: int
    room: int
    largest_room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictMember:
    """A requirement of the conflict; ``closed`` of ``pairs`` (VM, host) are forbidden by it, in the conflict.

    ``group``: how many of the VMs it wants together, apart or spread. ``spread``: over domains with room for so many.
    """

    constraint: str
    rule: str | None
    host: EntityRef | None
    closed: int
    pairs: int
    group: int
    shortage: Shortage | None = None
    spread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Requirements that cannot be met together by ``vms``, proven.

    ``is_smallest``: proven too, that without any one of them they could. ``hosts``: how many there are to choose from.
    """

    members: tuple[ConflictMember, ...]
    vms: tuple[EntityRef, ...]
    hosts: int
    is_smallest: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """The conflict in positions, for what looks further into it."""

    said: Requirements
    free: FreeVms
    home: tuple[int, ...]
    rows: tuple[int, ...]
    kept: tuple[Requirement, ...]
    conflict: Conflict


def find_clash(request: PlacementRequest) -> Clash | None:
    """A smallest conflict of the question, ``None`` if none is proven within the limits."""
    rules = rules_asked(request)
    free = free_vms(request, rules, make_room=True)
    said = _asked_about(request, requirements_of(request.inventory, rules, free))
    column = {host.ref: index for index, host in enumerate(said.hosts)}
    home = tuple(column[vm.host] for vm in free.vms)
    short = room_clash(said, home, is_tolerant=free.is_tolerant)
    for rows in _growing(free, said):
        if short and len(rows) > 1:
            return _clash(said, free, home, range(len(free.vms)), short, is_smallest=True)
        if len(rows) * len(said.hosts) > MOST_PAIRS:
            return None
        model = ConflictModel(said, rows, home, is_tolerant=free.is_tolerant)
        if model.status(model.requirements, rows, ONE_S) is False:
            return _smallest(model, said, free, home, rows)
    return None


def _asked_about(request: PlacementRequest, said: Requirements) -> Requirements:
    """Where what stays is too much for a host that is not asked about, nothing may come; that by itself is no clash."""
    if not request.among:
        return said
    among = frozenset(request.among)
    limits = [
        (one, name, host, demand, limit if said.hosts[host].ref in among else max(limit, 0.0))
        for one, name, host, demand, limit in said.limits
    ]
    return replace(said, limits=limits)


def _growing(free: FreeVms, said: Requirements) -> Sequence[tuple[int, ...]]:
    """Ever more VMs: each that has to leave alone, what is broken, those that rules tie to them, everything."""
    position = {vm.ref: row for row, vm in enumerate(free.vms)}
    leaving = [position[ref] for ref in sorted(free.must_leave) if ref in position]
    broken = {position[ref] for found in free.to_mend for ref in found.vms if ref in position}
    groups = [group for _, group in said.groups()]
    tied = {row for group in groups if not broken.isdisjoint(group) for row in group} | broken
    alone = [(row,) for row in leaving] if len(leaving) <= MOST_VMS_NAMED else []
    steps = [*alone, tuple(sorted(broken)), tuple(sorted(tied)), tuple(range(len(free.vms)))]
    return [rows for rows in dict.fromkeys(steps) if rows]


def _smallest(
    model: ConflictModel, said: Requirements, free: FreeVms, home: tuple[int, ...], rows: tuple[int, ...]
) -> Clash:
    is_smallest = True
    kept = list(model.requirements)
    for one in list(kept):
        rest = [other for other in kept if other != one]
        answer = model.status(rest, rows, ONE_S) if model.spent_s < ALL_S else None
        is_smallest &= answer is not None
        kept = rest if answer is False else kept
    named = list(rows)
    if len(rows) <= MOST_VMS_NAMED:
        for row in rows:
            fewer = [other for other in named if other != row]
            if fewer and model.spent_s < ALL_S and model.status(kept, fewer, ONE_S) is False:
                named = fewer
    return _clash(said, free, home, named, kept, is_smallest=is_smallest)


def _clash(
    said: Requirements,
    free: FreeVms,
    home: tuple[int, ...],
    named: Sequence[int],
    kept: Sequence[Requirement],
    *,
    is_smallest: bool,
) -> Clash:
    members = tuple(_member(one, said, named, kept) for one in kept)
    conflict = Conflict(
        members=members,
        vms=tuple(free.vms[row].ref for row in named),
        hosts=len(said.hosts),
        is_smallest=is_smallest,
    )
    return Clash(said, free, home, tuple(named), tuple(kept), conflict)


def _member(one: Requirement, said: Requirements, rows: Sequence[int], kept: Sequence[Requirement]) -> ConflictMember:
    chosen = set(rows)
    return ConflictMember(
        constraint=one.constraint,
        rule=one.rule,
        host=one.host,
        closed=sum(row in chosen for row, _ in said.closed.get(one, ())),
        pairs=len(rows) * len(said.hosts),
        group=sum(len(chosen.intersection(group)) for other, group in said.groups() if other == one),
        shortage=_shortage(one, said, rows, {other.host for other in kept if other.constraint in ABOUT_ONE_HOST}),
        spread=next((spread.most for other, spread in said.spreads if other == one), ()),
    )


def _shortage(
    one: Requirement, said: Requirements, rows: Sequence[int], shut: Collection[EntityRef | None]
) -> Shortage | None:
    """Of the capacity that is shortest, of those that the requirement limits, on hosts that are not ``shut``."""
    found: list[tuple[float, Shortage]] = []
    names = dict.fromkeys(name for other, name, *_ in said.limits if other == one)
    for name in names:
        limits = [
            (demand, limit)
            for other, what, host, demand, limit in said.limits
            if (other, what) == (one, name) and said.hosts[host].ref not in shut
        ]
        if not limits:
            continue
        demand = limits[0][0][list(rows)]
        room = np.maximum([limit for _, limit in limits], 0)
        short = Shortage(
            capacity=name,
            asked=int(demand.sum()),
            largest=int(demand.max()),
            room=int(room.sum()),
            largest_room=int(room.max()),
        )
        found.append((short.asked / max(short.room, 1), short))
    return max(found, key=lambda entry: entry[0])[1] if found else None
