"""What may not share a datastore, in positions of units and datastores: for the search, and told to CP-SAT."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from recommender.constraints.base import DisksApart, DiskSeparation
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.placement.disks.problem import STAYS, Apart, DiskProblem
from recommender.placement.disks.units import DiskUnit
from recommender.placement.problem import Ints

BROKEN: Final = 10_000  # objective units of a member too many on a datastore: more than any balance is worth


def disks_apart(constraints: Iterable[object], inventory: Inventory) -> tuple[DisksApart, ...]:
    """What the rules say of it."""
    return tuple(
        group for rule in constraints if isinstance(rule, DiskSeparation) for group in rule.disks_apart(inventory)
    )


def apart_in_positions(
    said: Sequence[DisksApart], inventory: Inventory, units: Sequence[DiskUnit], stores: Sequence[Datastore]
) -> tuple[Apart, ...]:
    """The same in positions; groups of which no unit is a member are left out."""
    column = {store.ref: number for number, store in enumerate(stores)}
    units_of: dict[EntityRef, list[int]] = {}
    for number, unit in enumerate(units):
        units_of.setdefault(unit.vm.ref, []).append(number)
    found = []
    for group in said:
        members: list[tuple[int, ...]] = []
        fixed = np.zeros((len(group.members), len(stores)), dtype=bool)
        for row, (ref, keys) in enumerate(group.members):
            its_own = [number for number in units_of.get(ref, ()) if not keys.isdisjoint(units[number].keys)]
            members.append(tuple(its_own))
            still = keys - frozenset(key for number in its_own for key in units[number].keys)
            for store in _places(inventory, ref, still):
                if store in column:
                    fixed[row, column[store]] = True
        if any(members):
            inside = np.array([store.ref in group.stores for store in stores], dtype=bool)
            found.append(Apart(stores=inside, members=tuple(members), fixed=fixed))
    return tuple(found)


class Presence:
    """Which members of each group are on which datastore, as units are chosen."""

    def __init__(self, problem: DiskProblem) -> None:
        self._problem = problem
        self.groups_of: dict[int, list[tuple[int, int]]] = {}
        self._there: list[Ints] = []
        for number, group in enumerate(problem.apart):
            self._there.append(group.fixed.astype(np.int64))
            for row, units in enumerate(group.members):
                for unit in units:
                    self.groups_of.setdefault(unit, []).append((number, row))
                    self._there[number][row, problem.stores_of(unit)] += 1
        self._broken = [self._of(number) for number in range(len(self._there))]

    def move(self, unit: int, option: int, sign: int) -> None:
        """The unit takes an option, or gives it up."""
        store = int(self._problem.options.store[option])
        for number, row in self.groups_of.get(unit, ()) if store != STAYS else ():
            self._there[number][row, self._problem.stores_of(unit)] -= sign
            self._there[number][row, store] += sign
            self._broken[number] = self._of(number)

    def is_open(self, unit: int, store: int) -> bool:
        """Whether nobody is there from whom the unit is to be apart."""
        mine = self.groups_of.get(unit, ())
        for number, row in mine:
            if self._problem.apart[number].stores[store]:
                others = np.delete(self._there[number][:, store], row)
                if (others > 0).any() or sum(other == number for other, _ in mine) > 1:
                    return False
        return True

    def broken(self) -> int:
        """Members too many, over all groups and datastores."""
        return sum(self._broken)

    def _of(self, group: int) -> int:
        members = (self._there[group] > 0).sum(axis=0)[self._problem.apart[group].stores]
        return int(np.maximum(members - 1, 0).sum())


def keep_disks_apart(
    model: cp_model.CpModel, problem: DiskProblem, choice: dict[int, cp_model.IntVar], now: Ints
) -> Iterator[cp_model.IntVar]:
    """Nothing comes to where another member is or comes to; yields the members too many of those that may stay."""
    options = problem.options
    literals: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
    for option, literal in choice.items():
        literals.setdefault(int(options.unit[option]), []).append((option, literal))
    for group in problem.apart:
        for store in map(int, np.flatnonzero(group.stores)):
            stay = [_stays(problem, literals, units, store, now) for units in group.members]
            coming = [
                [
                    (unit, literal)
                    for unit in units
                    for option, literal in literals.get(unit, ())
                    if options.store[option] == store
                ]
                for units in group.members
            ]
            for row, arrivals in enumerate(coming):
                others = [other for other in range(len(group.members)) if other != row]
                is_taken = any(group.fixed[other, store] or stay[other] is True for other in others)
                for unit, literal in arrivals:
                    if is_taken or any(unit in group.members[other] for other in others):
                        model.add(literal == 0)
                        continue
                    for other in others:
                        for _, leaves in _of(stay[other]):
                            model.add_bool_or(~literal, *leaves)
                        for _, arrives in coming[other]:
                            model.add_bool_or(~literal, ~arrives)
            yield from _too_many(model, group, store, stay)


_Leaving = list[tuple[int, list[cp_model.IntVar]]]  # units that are there now, each with what takes it away


def _of(stay: "_Leaving | bool") -> "_Leaving":
    return stay if isinstance(stay, list) else []


def _stays(
    problem: DiskProblem,
    literals: dict[int, list[tuple[int, cp_model.IntVar]]],
    units: Sequence[int],
    store: int,
    now: Ints,
) -> "_Leaving | bool":
    """True if one of the units stands there for good; else those that are there at the start and may leave."""
    leaving: _Leaving = []
    options = problem.options
    for unit in units:
        if unit not in literals:
            chosen = int(options.store[now[unit]]) if now[unit] >= 0 else STAYS
            if chosen == store or (chosen == STAYS and store in problem.stores_of(unit)):
                return True
        elif store in problem.stores_of(unit):
            leaving.append(
                (unit, [one for option, one in literals[unit] if options.store[option] not in (STAYS, store)])
            )
    return leaving


def _too_many(
    model: cp_model.CpModel, group: Apart, store: int, stay: Sequence["_Leaving | bool"]
) -> Iterator[cp_model.IntVar]:
    """Where several members are at the start: how many stay beside the first."""
    present: list[cp_model.IntVar] = []
    always = sum(bool(group.fixed[row, store]) or one is True for row, one in enumerate(stay))
    for row, one in enumerate(stay):
        if one is True or group.fixed[row, store] or not one:
            continue
        here = model.new_bool_var("")
        for _, leaves in _of(one):
            model.add_bool_or(here, *leaves)
        present.append(here)
    if present and always + len(present) > 1:
        excess = model.new_int_var(0, always + len(present), "")
        model.add(excess >= sum(present) + always - 1)
        yield excess


def _places(inventory: Inventory, ref: EntityRef, keys: frozenset[int]) -> set[EntityRef]:
    """Where disks that are not chosen hold space: where they are, and where they are on their way to."""
    vm, flight = inventory.vm(ref), inventory.in_flight_of(ref)
    places = {disk.datastore for disk in vm.disks if disk.key in keys}
    places |= {vm.home_datastore} if HOME in keys and vm.home_datastore is not None else set()
    if flight is not None:
        places |= {store for disk, store in flight.copies(vm) if disk.key in keys}
        home = vm.with_disks_on(dict(flight.disk_targets)).home_datastore
        places |= {home} if HOME in keys and home is not None else set()
    return places
