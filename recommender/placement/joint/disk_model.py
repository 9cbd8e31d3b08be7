"""Where disks go, told to CP-SAT with one literal for each requirement, beside the hosts of their VMs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import floor, isfinite

from ortools.sat.python import cp_model

from recommender.constraints.datastore_reachable import DatastoreReachable
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.placement.conflicts.requirements import Requirement
from recommender.placement.joint.disk_requirements import TOGETHER, DiskRequirements, Separation
from recommender.placement.joint.parts import UNMADE

ELSEWHERE = -1  # a part stays on a datastore of which nothing is known


@dataclass(slots=True)
class DiskModel:
    """``at[row, host]`` and ``placed[row]`` are the VMs' literals, ``literal`` tells that of a requirement.

    Of the VMs only ``rows`` take part; those of the others are taken for gone, with what they hold. ``more``: room that
    is added to the datastore ``more_on``. ``to[p, s]``: whether a part is on a datastore.
    """

    model: cp_model.CpModel
    said: DiskRequirements
    rows: Collection[int]
    home: Sequence[int]
    at: Mapping[tuple[int, int], cp_model.IntVar]
    placed: Mapping[int, cp_model.IntVar]
    literal: Callable[[Requirement], cp_model.IntVar]
    more: cp_model.IntVar | None = None
    more_on: int = ELSEWHERE
    to: dict[tuple[int, int], cp_model.IntVar] = field(default_factory=dict)
    _parts: list[int] = field(default_factory=list)

    def tell(self) -> None:
        """Everything."""
        wanted = set(self.rows)
        self._parts = [number for number, part in enumerate(self.said.parts) if part.row in wanted]
        for number in self._parts:
            part, here = self.said.parts[number], self.said.at[number]
            places = list(range(len(self.said.stores)))
            places += [ELSEWHERE] if here == ELSEWHERE and part.store.moid != UNMADE else []
            for place in places:
                self.to[number, place] = self.model.new_bool_var(f"{number} on {place}")
            self.model.add(sum(self.to[number, place] for place in places) == self.placed[part.row])
            if (number, ELSEWHERE) in self.to and part.unit.must_leave:
                leaves = Requirement(EvacuatedDatastore.name, datastore=part.store)
                self.model.add_implication(self.literal(leaves), ~self.to[number, ELSEWHERE])
        self._close()
        self._mount()
        for store in range(len(self.said.stores)):
            self._fit(store)
        for separation in self.said.apart:
            self._separate(separation)
        self._join()

    def _close(self) -> None:
        mine = set(self._parts)
        for one, pairs in self.said.closed.items():
            for number, place in sorted(pairs):
                if number in mine:
                    self.model.add_implication(self.literal(one), ~self.to[number, place])
        for one, triples in self.said.closed_on.items():
            for number, place, host in sorted(triples):
                if number in mine:
                    row = self.said.parts[number].row
                    self.model.add_bool_or(~self.literal(one), ~self.to[number, place], ~self.at[row, host])
        self._hold()

    def _hold(self) -> None:
        for one, stuck in self.said.stuck.items():
            for number in self._parts:
                row, here = self.said.parts[number].row, self.said.at[number]
                for place in range(len(self.said.stores)) if row in stuck else ():
                    if place != here:
                        at_home = self.at[row, self.home[row]]
                        self.model.add_bool_or(~self.literal(one), ~self.to[number, place], ~at_home)

    def _mount(self) -> None:
        demands = Requirement(DatastoreReachable.name)
        for number in self._parts:
            row, here = self.said.parts[number].row, self.said.at[number]
            for place in range(len(self.said.stores)):
                hosts = self.said.seen[place] | ({self.home[row]} if place == here else frozenset())
                seen = [self.at[row, host] for host in sorted(hosts)]
                self.model.add_bool_or(~self.literal(demands), ~self.to[number, place], *seen)

    def _fit(self, store: int) -> None:
        said, mine = self.said, set(self._parts)
        coming = [(int(said.parts[p].unit.needed_mib), self.to[p, store]) for p in self._parts if said.at[p] != store]
        coming = [(amount, literal) for amount, literal in coming if amount]
        if not coming or not isfinite(said.room[store]):
            return
        leaving = [p for p in range(len(said.parts)) if said.at[p] == store]
        gone = sum(said.parts[p].size_mib for p in leaving if p not in mine)
        freed = sum(said.parts[p].size_mib * (1 - self.to[p, store]) for p in leaving if p in mine)
        more = self.more if self.more is not None and self.more_on == store else 0
        comes = self.model.new_bool_var(f"something comes to datastore {store}")
        for _, literal in coming:
            self.model.add_implication(literal, comes)
        asked = sum(amount * literal for amount, literal in coming)
        demands = Requirement(DatastoreSpace.name, datastore=said.stores[store].ref)
        fits = self.model.add(asked <= floor(said.room[store]) + gone + freed + more)
        fits.only_enforce_if(self.literal(demands), comes)

    def _separate(self, separation: Separation) -> None:
        mine, said = set(self._parts), self.said
        members = [[p for p in parts if p in mine] for parts in separation.members]
        for store in separation.stores:
            fixed = [row for row in range(len(members)) if separation.fixed[row, store]]
            if len(fixed) > 1 and not self.said.is_tolerant:
                self.model.add_bool_or(~self.literal(separation.demands))
            for one, other in combinations(range(len(members)), 2):
                if one in fixed and other in fixed:
                    continue
                for first in [None] if one in fixed else members[one]:
                    for second in [None] if other in fixed else members[other]:
                        both = [part for part in (first, second) if part is not None]
                        if self.said.is_tolerant and all(said.at[part] == store for part in both):
                            continue
                        there = (~self.to[part, store] for part in both)
                        self.model.add_bool_or(~self.literal(separation.demands), *there)

    def _join(self) -> None:
        mine = set(self._parts)
        for group in self.said.together:
            for first, second in pairwise(part for part in group if part in mine):
                for place in (*range(len(self.said.stores)), ELSEWHERE):
                    if (first, place) in self.to:
                        same = self.model.add(self.to[first, place] == self.to[second, place])
                        same.only_enforce_if(self.literal(Requirement(TOGETHER)))
