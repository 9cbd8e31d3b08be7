"""Why it cannot be done: a smallest set of rules and limits that clash, by deletion.

A requirement is left out of the set, one after the other, and stays out if the rest clashes all the same; what remains
clashes, and without any one of it no longer (Chinneck and Dravnieks, Locating minimal infeasible constraint sets in
linear programs, 1991).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.reference import EntityRef
from recommender.placement.conflicts.model import ConflictModel, Extra
from recommender.placement.conflicts.requirements import ABOUT_ONE_HOST, Requirement, Requirements
from recommender.placement.conflicts.room_clash import room_clash
from recommender.placement.free_vms import FreeVms
from recommender.placement.joint.demands import Demands, demands_of, is_too_large
from recommender.placement.joint.disk_requirements import DiskRequirements
from recommender.placement.request import PlacementRequest

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

    Where ``disks`` may be copied, also ``copies`` of ``ways`` (disk, datastore); of ``apart`` no two may share one.
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
    datastore: EntityRef | None = None
    disks: int = 0
    copies: int = 0
    ways: int = 0
    apart: int = 0


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
    """The conflict in positions of the ``demands``, for what looks further into it; ``rows``: its VMs."""

    demands: Demands
    rows: tuple[int, ...]
    kept: tuple[Requirement, ...]
    conflict: Conflict


def find_clash(request: PlacementRequest) -> Clash | None:
    """A smallest conflict of the question, ``None`` if none is proven within the limits."""
    if is_too_large(request):
        return None
    demands = demands_of(request)
    free, said = demands.free, demands.said
    # What is short of room on hosts may come to datastores of others with its disks.
    short = None if demands.disks.parts else room_clash(said, demands.home, is_tolerant=free.is_tolerant)
    for rows in _growing(free, said, demands.disks):
        if short and len(rows) > 1:
            return _clash(demands, range(len(free.vms)), short, is_smallest=True)
        if len(rows) * len(said.hosts) + _pairs_of_disks(demands.disks, rows) > MOST_PAIRS:
            return None
        model = model_of(demands, rows)
        if model.status(model.requirements, rows, ONE_S) is False:
            return _smallest(model, demands, rows)
    return None


def model_of(demands: Demands, rows: Sequence[int], extra: Extra | None = None) -> ConflictModel:
    """What is demanded of some of the VMs, as a model."""
    return ConflictModel(
        demands.said, rows, demands.home, is_tolerant=demands.free.is_tolerant, extra=extra, disks=demands.disks
    )


def _pairs_of_disks(disks: DiskRequirements, rows: Sequence[int]) -> int:
    chosen = set(rows)
    return len(disks.stores) * sum(part.row in chosen for part in disks.parts)


def _growing(free: FreeVms, said: Requirements, disks: DiskRequirements) -> Sequence[tuple[int, ...]]:
    """Ever more VMs: each that has to leave alone, what is broken, those that rules tie to them, everything."""
    position = {vm.ref: row for row, vm in enumerate(free.vms)}
    leaving = [position[ref] for ref in sorted(free.must_leave) if ref in position]
    broken = {position[ref] for found in free.to_mend for ref in found.vms if ref in position}
    groups = [*(group for _, group in said.groups()), *disks.groups()]
    tied = {row for group in groups if not broken.isdisjoint(group) for row in group} | broken
    alone = [(row,) for row in leaving] if len(leaving) <= MOST_VMS_NAMED else []
    steps = [*alone, tuple(sorted(broken)), tuple(sorted(tied)), tuple(range(len(free.vms)))]
    return [rows for rows in dict.fromkeys(steps) if rows]


def _smallest(model: ConflictModel, demands: Demands, rows: tuple[int, ...]) -> Clash:
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
    return _clash(demands, named, kept, is_smallest=is_smallest)


def _clash(
    demands: Demands,
    named: Sequence[int],
    kept: Sequence[Requirement],
    *,
    is_smallest: bool,
) -> Clash:
    conflict = Conflict(
        members=tuple(_member(one, demands, named, kept) for one in kept),
        vms=tuple(demands.free.vms[row].ref for row in named),
        hosts=len(demands.said.hosts),
        is_smallest=is_smallest,
    )
    return Clash(demands, tuple(named), tuple(kept), conflict)


def _member(one: Requirement, demands: Demands, rows: Sequence[int], kept: Sequence[Requirement]) -> ConflictMember:
    chosen, said, disks = set(rows), demands.said, demands.disks
    of_disks = {number for number, part in enumerate(disks.parts) if part.row in chosen}
    shut = {other.host for other in kept if other.constraint in ABOUT_ONE_HOST}
    return ConflictMember(
        constraint=one.constraint,
        rule=one.rule,
        host=one.host,
        datastore=one.datastore,
        closed=sum(row in chosen for row, _ in said.closed.get(one, ())),
        pairs=len(rows) * len(said.hosts),
        group=sum(len(chosen.intersection(group)) for other, group in said.groups() if other == one),
        shortage=_lack_of_space(one, disks, of_disks) or _shortage(one, said, rows, shut),
        spread=next((spread.most for other, spread in said.spreads if other == one), ()),
        disks=len(of_disks),
        copies=len({(number, place) for number, place in disks.closed.get(one, ()) if number in of_disks}),
        ways=len(of_disks) * len(disks.stores),
        apart=sum(
            not of_disks.isdisjoint(parts) for group in disks.apart if group.demands == one for parts in group.members
        ),
    )


def _lack_of_space(one: Requirement, disks: DiskRequirements, of_disks: Collection[int]) -> Shortage | None:
    """On one datastore: what the disks of the conflict that are elsewhere would take there, and what may."""
    if one.constraint != DatastoreSpace.name:
        return None
    store = next(number for number, store in enumerate(disks.stores) if store.ref == one.datastore)
    coming = [disks.parts[part].unit.needed_mib for part in of_disks if disks.at[part] != store]
    room = max(0, int(disks.room[store]))
    return Shortage(
        capacity=one.constraint, asked=sum(coming), largest=max(coming, default=0), room=room, largest_room=room
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
