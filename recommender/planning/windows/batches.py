"""A campaign in batches: in each window as many whole applications as the way between the sites carries in time.

An application is split only where no window holds it whole; whatever the operator wants moved first is moved in the
same window or in one before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.planning.order.rules import OrderRules
from recommender.planning.windows.application_groups import Group, application_groups
from recommender.planning.windows.site_traffic import (
    USED_AT_MOST,
    SitePair,
    SiteTraffic,
    carried_mib,
    sent_between_sites,
    traffic_of,
)
from recommender.planning.windows.split import TRIALS, WINDOWS, WindowPlan, part_of
from recommender.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one window moves. ``applications``: groups it completes; ``cut``: VMs whose group is in several batches."""

    part: WindowPlan
    traffic: tuple[SiteTraffic, ...]
    applications: int
    cut: tuple[EntityRef, ...] = ()

    @property
    def moves(self) -> tuple[Move, ...]:
        """In the order of their starts."""
        return tuple(step.move for step in self.part.plan.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSplit:
    """``batches`` in the order of the windows; ``left`` fits no window, ``reason`` says why, with numbers."""

    batches: tuple[Batch, ...]
    left: tuple[Move, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """``moves`` from ``inventory`` under these rules, in windows of ``window_s``.

    ``categories``: tags of these tell applications. ``most``: so many batches are wanted.
    """

    inventory: Inventory
    policy: Policy
    moves: tuple[Move, ...]
    constraints: tuple[Constraint, ...]
    window_s: float
    categories: tuple[str, ...] = ()
    most: int = WINDOWS
    seed: int = 0


def split_in_batches(request: BatchRequest) -> BatchSplit:
    """The same question has the same answer; every rule is kept in each batch, and at its end."""
    batches: list[Batch] = []
    inventory, left = request.inventory, request.moves
    opened: set[EntityRef] = set()  # VMs of applications that an earlier batch has begun
    while left and len(batches) < request.most:
        groups = application_groups(inventory, request.policy.order, left, request.categories)
        found = _Batching(request, inventory, groups, opened).next()
        if isinstance(found, str):
            return BatchSplit(batches=tuple(batches), left=left, reason=found)
        batches.append(found)
        inventory = inventory_after(inventory, found.moves)
        gone = {move.vm for move in found.moves}
        opened |= {move.vm for group in groups if not gone.isdisjoint(_vms(group)) for move in group} - gone
        left = tuple(move for move in left if move.vm not in gone)
    later = "in a later window" if request.most < WINDOWS else f"more than {WINDOWS} windows"
    reason = later if left else ""
    return BatchSplit(batches=tuple(batches), left=left, reason=reason)


class _Batching:
    """One window."""

    def __init__(
        self, request: BatchRequest, inventory: Inventory, groups: Sequence[Group], opened: set[EntityRef]
    ) -> None:
        self._request, self._inventory, self._groups = request, inventory, groups
        moves = [move for group in groups for move in group]
        self._rules = OrderRules(inventory, request.policy.order, moves)
        self._group_of = {move.vm: number for number, group in enumerate(groups) for move in group}
        self._opened = opened
        self._sent = [_traffic(inventory, group) for group in groups]

    def next(self) -> Batch | str:
        """As many whole applications as fit, of one that no window holds a part; or why nothing fits."""
        told, barred = "", set[int]()
        while len(barred) < min(len(self._groups), TRIALS):
            units = self._filled(barred)
            while units:
                whole = self._part_of_whole(units)
                if isinstance(whole, WindowPlan):
                    return self._batch(whole)
                units = whole
            number = next(one for one in self._order() if one not in barred)
            some = self._first_of(self._moves(self._closure(number)), _Room(self._request, self._inventory))
            part, reason = part_of(self._inventory, self._request.policy, some, *self._asked)
            if part is not None:
                return self._batch(part)
            told = told or reason
            barred.add(number)
        return told

    def _filled(self, barred: set[int]) -> list[Group]:
        """What this window's links carry: begun applications first, then the largest that still have room, whole.

        Of the first one that no window holds as much as has room.
        """
        room, empty = _Room(self._request, self._inventory), _Room(self._request, self._inventory)
        chosen, units = set[int](), list[Group]()
        may_cut = True
        for number in self._order():
            wanted = self._closure(number) - chosen
            if not wanted or not wanted.isdisjoint(barred):
                continue
            sent = [one for other in sorted(wanted) for one in self._sent[other]]
            if room.takes(sent):
                chosen |= wanted
                units += [self._groups[other] for other in sorted(wanted)]
            elif may_cut and not empty.would_take(sent):
                may_cut = False
                if some := self._first_of(self._moves(wanted), room):
                    units.append(tuple(some))
        return units

    def _part_of_whole(self, units: list[Group]) -> WindowPlan | list[Group]:
        """The plan of all of it, or what is left to try once some was too late."""
        moves = [move for unit in units for move in unit]
        part, _ = part_of(self._inventory, self._request.policy, moves, *self._asked)
        made = {step.move.vm for step in part.plan.steps} if part else set()
        if part is not None and len(made) == len(moves):
            return part
        whole = [unit for unit in units if _vms(unit) <= made]
        return self._with_all_before(whole) if whole else self._with_all_before(units[: len(units) // 2])

    def _first_of(self, moves: Sequence[Move], room: "_Room") -> list[Move]:
        """As many as there is room for, whoever comes before others first; of an empty window at least one."""
        chosen: dict[EntityRef, Move] = {}
        waiting = {move.vm: move for move in moves}
        is_empty = room.is_empty
        for move in sorted(moves, key=lambda one: (len(list(self._rules.comes_first(one.vm))), one.vm)):
            needed = [waiting[vm] for vm in self._with_before(move.vm) if vm in waiting and vm not in chosen]
            if room.takes(_traffic(self._inventory, needed)) or (is_empty and not chosen):
                chosen.update((one.vm, one) for one in needed)
        return list(chosen.values())

    def _order(self) -> list[int]:
        def key(number: int) -> tuple[bool, float, int]:
            is_begun = not self._opened.isdisjoint(_vms(self._groups[number]))
            return (not is_begun, -sum(mib for _, mib in self._sent[number]), number)

        return sorted(range(len(self._groups)), key=key)

    def _closure(self, number: int) -> set[int]:
        """The group with all that has to move before it or with it."""
        found, border = {number}, [number]
        while border:
            members = _vms(self._groups[border.pop()])
            before = {self._group_of[vm] for member in members for vm in self._rules.comes_first(member)}
            border.extend(before - found)
            found |= before
        return found

    def _with_all_before(self, units: Sequence[Group]) -> list[Group]:
        """Of these those whose predecessors are among them."""
        kept = list(units)
        while True:
            there = {vm for unit in kept for vm in _vms(unit)}
            sound = [unit for unit in kept if all(there.issuperset(self._rules.comes_first(vm)) for vm in _vms(unit))]
            if len(sound) == len(kept):
                return kept
            kept = sound

    def _with_before(self, vm: EntityRef) -> Iterator[EntityRef]:
        """``vm`` after all that comes before it, and what is moved at one moment with any of these."""
        found, border = {vm}, [vm]
        together = self._rules.groups()
        while border:
            one = border.pop()
            more = {*self._rules.comes_first(one)}.union(*(group for group in together if one in group)) - found
            found |= more
            border.extend(more)
        yield from sorted(found)

    def _moves(self, numbers: Iterable[int]) -> list[Move]:
        return [move for number in numbers for move in self._groups[number]]

    @property
    def _asked(self) -> tuple[tuple[Constraint, ...], float, int]:
        return self._request.constraints, self._request.window_s, self._request.seed

    def _batch(self, part: WindowPlan) -> Batch:
        made = {step.move.vm for step in part.plan.steps}
        touched = [group for group in self._groups if not made.isdisjoint(_vms(group))]
        cut = [
            vm
            for group in touched
            if not _vms(group) <= made or not self._opened.isdisjoint(_vms(group))
            for vm in sorted(_vms(group) & made)
        ]
        return Batch(
            part=part,
            traffic=traffic_of(self._inventory, [step.move for step in part.plan.steps], self._request.window_s),
            applications=sum(_vms(group) <= made for group in touched),
            cut=tuple(cut),
        )


class _Room:
    """What the ways between sites still carry in the window."""

    def __init__(self, request: BatchRequest, inventory: Inventory) -> None:
        self._inventory, self._window_s = inventory, request.window_s
        self._left: dict[SitePair, float | None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was taken yet."""
        return not self._left

    def would_take(self, sent: Sequence[tuple[SitePair, float]]) -> bool:
        """Whether all of it still goes."""
        before = self._left
        fits = self.takes(sent)
        self._left = before
        return fits

    def takes(self, sent: Sequence[tuple[SitePair, float]]) -> bool:
        """Whether all of it still goes; it is then taken away."""
        left = dict(self._left)
        for sites, mib in sent:
            if sites not in left:
                most = carried_mib(self._inventory, sites, self._window_s)
                left[sites] = None if most is None else USED_AT_MOST * most
            now = left[sites]
            if now is None:
                continue
            if mib > now:
                return False
            left[sites] = now - mib
        self._left = left
        return True


def _traffic(inventory: Inventory, moves: Iterable[Move]) -> list[tuple[SitePair, float]]:
    return [found for move in moves if (found := sent_between_sites(inventory, move)) is not None]


def _vms(group: Iterable[Move]) -> set[EntityRef]:
    return {move.vm for move in group}
