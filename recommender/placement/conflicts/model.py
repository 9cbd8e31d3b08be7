"""Whether some of the requirements can be met together: CP-SAT, with one assumption for each of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import floor

from ortools.sat.python import cp_model

from recommender.constraints.datastore_space import DatastoreSpace
from recommender.placement.conflicts.requirements import Requirement, Requirements
from recommender.placement.engine.deterministic_solver import solver_of_linear_models
from recommender.placement.engine.state import TOLERANCE
from recommender.placement.joint.disk_model import DiskModel
from recommender.placement.joint.disk_requirements import DiskRequirements


@dataclass(frozen=True, slots=True)
class Extra:
    """Room that is not there yet: of what a requirement limits on one host, or one datastore (``place``, its index)."""

    constraint: str
    place: int


class ConflictModel:
    """Some of the VMs (``rows``), all hosts; the other free VMs are taken for gone, so that a clash is a clash.

    ``placed[row]``, ``at[row, host]`` and, of parts of disks and datastores, ``to[part, store]`` are its literals.
    """

    def __init__(
        self,
        said: Requirements,
        rows: Sequence[int],
        home: Sequence[int],
        *,
        is_tolerant: bool,
        extra: Extra | None = None,
        disks: DiskRequirements | None = None,
    ) -> None:
        self._said, self._rows, self._home, self._is_tolerant, self._extra = said, rows, home, is_tolerant, extra
        self.model = cp_model.CpModel()
        self._literals: dict[Requirement, cp_model.IntVar] = {}
        self.placed = {row: self.model.new_bool_var(f"placed{row}") for row in rows}
        self.at = {
            (row, host): self.model.new_bool_var(f"{row}@{host}") for row in rows for host in range(len(said.hosts))
        }
        self._more = self.model.new_int_var(0, 1 << 40, "more") if extra else None
        for row in rows:
            self.model.add(sum(self.at[row, host] for host in range(len(said.hosts))) == self.placed[row])
        self.to: Mapping[tuple[int, int], cp_model.IntVar] = {}
        self._close_pairs()
        self._limit()
        self._separate()
        self._spread()
        self._join()
        if disks is not None and disks.parts:
            self._tell_disks(disks)
        self.spent_s = 0.0

    def hold(self) -> None:
        """Every requirement is to be met; which VMs are placed is open."""
        for literal in self._literals.values():
            self.model.add(literal == 1)

    def _tell_disks(self, disks: DiskRequirements) -> None:
        is_extra = self._extra is not None and self._extra.constraint == DatastoreSpace.name
        told = DiskModel(
            self.model,
            disks,
            self._rows,
            self._home,
            self.at,
            self.placed,
            self._literal,
            more=self._more if is_extra else None,
            more_on=self._extra.place if self._extra is not None and is_extra else -1,
        )
        told.tell()
        self.to = told.to

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Those that say anything about these VMs."""
        return tuple(
            sorted(self._literals, key=lambda one: (one.constraint, one.rule or "", str(one.host or one.datastore)))
        )

    def status(self, kept: Collection[Requirement], rows: Collection[int], limit_s: float) -> bool | None:
        """Whether these requirements can be met with these VMs placed; ``None`` if that could not be told in time."""
        answer = self._solve(kept, rows, limit_s)
        if answer == cp_model.INFEASIBLE:
            return False
        return True if answer in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def least_extra(self, limit_s: float) -> int | None:
        """The least room that has to be added so that all can be met; ``None`` if no amount helps or it is not told."""
        assert self._more is not None  # noqa: S101 - asked only of a model with extra room
        self.model.minimize(self._more)
        answer = self._solve(self.requirements, self._rows, limit_s)
        return int(self._solver.value(self._more)) if answer == cp_model.OPTIMAL else None

    def _solve(self, kept: Collection[Requirement], rows: Collection[int], limit_s: float) -> object:
        self.model.clear_assumptions()
        chosen = set(rows)
        assumed = [literal if one in kept else ~literal for one, literal in self._literals.items()]
        placed = [literal if row in chosen else ~literal for row, literal in self.placed.items()]
        self.model.add_assumptions([*assumed, *placed])
        self._solver = solver_of_linear_models(limit_s, seed=1)
        answer = self._solver.solve(self.model)
        self.spent_s += self._solver.response_proto.deterministic_time
        return answer

    def _literal(self, one: Requirement) -> cp_model.IntVar:
        if one not in self._literals:
            self._literals[one] = self.model.new_bool_var(f"{one}")
        return self._literals[one]

    def _close_pairs(self) -> None:
        wanted = set(self._rows)
        for one, pairs in self._said.closed.items():
            for row, host in sorted(pairs):
                if row in wanted:
                    self.model.add_implication(self._literal(one), ~self.at[row, host])

    def _limit(self) -> None:
        for one, name, host, demand, limit in self._said.limits:
            asking = [row for row in self._rows if demand[row]]
            room = floor(limit + TOLERANCE)
            if not asking:
                if room < 0 and not self._is_tolerant:  # what may not move is too much by itself
                    self.model.add_bool_or(~self._literal(one))
                continue
            is_extra = self._extra == Extra(one.constraint, host) and name == one.constraint
            asked = sum(int(demand[row]) * self.at[row, host] for row in asking)
            kept = self.model.add(asked - (self._more if self._more is not None and is_extra else 0) <= room)
            if not self._is_tolerant:
                kept.only_enforce_if(self._literal(one))
                continue
            comes = self._comes(asking, {host})
            kept.only_enforce_if(self._literal(one), comes)

    def _comes(self, rows: Sequence[int], hosts: Collection[int]) -> cp_model.IntVar:
        """True where one of them comes to these hosts from elsewhere."""
        comes = self.model.new_bool_var("something comes")
        for row in rows:
            for host in hosts if self._home[row] not in hosts else ():
                self.model.add_implication(self.at[row, host], comes)
        return comes

    def _separate(self) -> None:
        wanted = set(self._rows)
        for one, group in self._said.apart_groups:
            rows = [row for row in group if row in wanted]
            for host in range(len(self._said.hosts)):
                if not self._is_tolerant and len(rows) > 1:
                    at_most = self.model.add(sum(self.at[row, host] for row in rows) <= 1)
                    at_most.only_enforce_if(self._literal(one))
                    continue
                for pair in combinations(rows, 2):
                    if not all(self._home[row] == host for row in pair):
                        self.model.add_bool_or(*(~self.at[row, host] for row in pair)).only_enforce_if(
                            self._literal(one)
                        )

    def _spread(self) -> None:
        wanted = set(self._rows)
        for one, spread in self._said.spreads:
            rows = [row for row in spread.vms if row in wanted]
            for domain, most in enumerate(spread.most):
                hosts = [host for host, of_host in enumerate(spread.domain_of) if of_host == domain]
                if len(rows) > most and hosts:
                    kept = self.model.add(sum(self.at[row, host] for row in rows for host in hosts) <= most)
                    tolerated = (self._comes(rows, hosts),) if self._is_tolerant else ()
                    kept.only_enforce_if(self._literal(one), *tolerated)

    def _join(self) -> None:
        wanted = set(self._rows)
        for one, group in self._said.together_groups:
            rows = [row for row in group if row in wanted]
            for first, second in pairwise(rows):
                for host in range(len(self._said.hosts)):
                    both_placed = (self._literal(one), self.placed[first], self.placed[second])
                    self.model.add_implication(self.at[first, host], self.at[second, host]).only_enforce_if(both_placed)
