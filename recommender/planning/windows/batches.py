"""A campaign in batches: in each window as many whole applications as the way between the sites carries in time.

An application is split only where no window holds it whole; whatever the operator wants moved first is moved in the
same window or in one before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.planning.order.rules import OrderRules
from recommender.planning.schedule import schedule
from recommender.planning.windows.application_groups import Group, application_groups
from recommender.planning.windows.link_room import LinkRoom, link_traffic
from recommender.planning.windows.site_traffic import SiteTraffic, traffic_of
from recommender.planning.windows.split import TRIALS, WINDOWS, WindowPlan, part_of
from recommender.planning.windows.window import window_answer
from recommender.policy import Policy

CLOSE_ENOUGH: Final = 0.05  # a batch that another trial would enlarge by no more than this is kept


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
        self._sent = [link_traffic(inventory, group) for group in groups]

    def next(self) -> Batch | str:
        """As many whole applications as fit, of one that no window holds a part; or why nothing fits."""
        told, barred = "", set[int]()
        while len(barred) < min(len(self._groups), TRIALS):
            whole = self._most_of(self._filled(barred))
            if whole is not None:
                return self._batch(whole)
            number = next(one for one in self._order() if one not in barred)
            some = self._first_of(self._moves(self._closure(number)), self._empty_links())
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
        room, empty = self._empty_links(), self._empty_links()
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

    def _empty_links(self) -> LinkRoom:
        return LinkRoom(self._inventory, self._request.window_s)

    def _most_of(self, units: list[Group]) -> WindowPlan | None:
        """The plan of as many of the first of these as are over in time, and of later ones that still go with them."""
        best: WindowPlan | None = None
        low, high, take, in_time_s = 0, len(units) + 1, len(units), inf
        for _ in range(TRIALS):
            found = self._tried(units[:take])
            if isinstance(found, WindowPlan):
                best, low = found, take
            elif found.blocked:
                units = [unit for unit in units if found.blocked.isdisjoint(_vms(unit))]
                high, take, in_time_s = len(units) + 1, min(take, len(units)), inf
                continue
            else:
                high, in_time_s = take, found.in_time_s
            if high - low <= 1 or _work_s(*units[low : high - 1]) <= CLOSE_ENOUGH * _work_s(*units[:low]):
                break
            likely = sum(work_s <= in_time_s for work_s in accumulate(map(_work_s, units)))
            take = min(max(likely, low + 1), high - 1)
        room_s, more = in_time_s - _work_s(*units[:low]), list[Group]()
        for unit in units[high:]:
            if _work_s(unit) <= room_s:
                more.append(unit)
                room_s -= _work_s(unit)
        fuller = self._tried([*units[:low], *more]) if more else best
        return fuller if isinstance(fuller, WindowPlan) else best

    def _tried(self, units: Sequence[Group]) -> "WindowPlan | _TooMuch":
        """The plan of all of these, after whatever has to come before them, or what of it is not over in time."""
        moves = [move for unit in self._with_all_before(units) for move in unit]
        constraints, window_s, seed = self._asked
        plan = schedule(self._inventory, self._request.policy, moves, constraints)
        answer = window_answer(plan, window_s, seed)
        if plan.steps and not answer.left and not answer.blocked:
            return WindowPlan(plan=plan, answer=answer)
        late = {*answer.left, *answer.blocked}
        in_time_s = sum(move.estimate.duration_p50_s for move in moves if move.vm not in late)
        return _TooMuch(in_time_s=in_time_s, blocked=frozenset(answer.blocked))

    def _first_of(self, moves: Sequence[Move], room: LinkRoom) -> list[Move]:
        """As many as there is room for, whoever comes before others first; of an empty window at least one."""
        chosen: dict[EntityRef, Move] = {}
        waiting = {move.vm: move for move in moves}
        is_empty = room.is_empty
        for move in sorted(moves, key=lambda one: (len(list(self._rules.comes_first(one.vm))), one.vm)):
            needed = [waiting[vm] for vm in self._with_before(move.vm) if vm in waiting and vm not in chosen]
            if room.takes(link_traffic(self._inventory, needed)) or (is_empty and not chosen):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _TooMuch:
    """``in_time_s``: migrations of so many seconds in all are over in time; ``blocked``: VMs that no window helps."""

    in_time_s: float
    blocked: frozenset[EntityRef]


def _work_s(*units: Group) -> float:
    """What these migrations take, one after another."""
    return sum(move.estimate.duration_p50_s for unit in units for move in unit)


def _vms(group: Iterable[Move]) -> set[EntityRef]:
    return {move.vm for move in group}
