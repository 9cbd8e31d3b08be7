"""The rules of a few hosts told to CP-SAT: which host for which item, limits, and items to be kept apart.

Where a problem is tolerant, what was too much or too close at the start may stay so among those that were there, until
something else is brought to that host.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import Bools

Choices = dict[tuple[int, int], cp_model.IntVar]  # (row in the model's items, host)


@dataclass(frozen=True, slots=True)
class HostRules:
    """Tells ``model`` what a legal placement of ``items`` on ``hosts`` is, everything else standing still."""

    model: cp_model.CpModel
    state: SearchState
    items: Sequence[int]
    hosts: Sequence[int]
    open_pairs: Bools | None = None  # [items, all hosts], where not every host that an item may be on is offered

    def choices(self) -> Choices:
        """One literal for each item and host it may be on, exactly one of them true; the present place is the hint."""
        choice: Choices = {}
        for row, item in enumerate(self.items):
            mask = self.state.problem.mask(item) if self.open_pairs is None else self.open_pairs[row]
            for host in self.hosts:
                if mask[host]:
                    choice[row, host] = self.model.new_bool_var(f"{item}@{host}")
                    self.model.add_hint(choice[row, host], bool(self.state.place[item] == host))
            self.model.add_exactly_one(choice[row, host] for host in self.hosts if (row, host) in choice)
        return choice

    def keep_limits(self, choice: Choices) -> None:
        """What is placed on a host fits all its limits."""
        problem = self.state.problem
        _, rest = self.state.without(self.items)
        for capacity in range(len(problem.limit)):
            need = [int(problem.need[capacity, item]) for item in self.items]
            if not any(need) and not problem.is_tolerant:
                continue
            for host in self.hosts:
                asking = [row for row in range(len(self.items)) if (row, host) in choice and need[row]]
                asked = sum(need[row] * choice[row, host] for row in asking)
                room = floor(problem.limit[capacity, host] - rest[capacity, host] + TOLERANCE)
                if not self._may_stay_crowded(capacity, host, room):
                    # What does not move here may already be too much: then nothing may be added.
                    if asking:
                        self.model.add(asked <= max(0, room))
                    continue
                fits = self.model.new_bool_var(f"fits{capacity}@{host}")
                self.model.add(asked - room * fits <= (1 - fits) * sum(need))
                if room < 0:
                    self.model.add(fits == 0)
                for row, item in enumerate(self.items):
                    if (row, host) in choice and self._is_newcomer(item, host):
                        self.model.add_implication(choice[row, host], fits)

    def keep_apart(self, choice: Choices) -> None:
        """No two items of a group are on one host."""
        state = self.state
        row_of = {item: row for row, item in enumerate(self.items)}
        for group in {group for item in self.items for group in state.groups_of.get(item, ())}:
            if group in state.problem.spreads:
                self._spread(choice, group, row_of)
                continue
            inside = [row_of[item] for item in state.problem.apart[group] if item in row_of]
            others = [item for item in state.problem.apart[group] if item not in row_of]
            for host in self.hosts:
                rows = [row for row in inside if (row, host) in choice]
                there = [item for item in others if state.place[item] == host]
                if not state.problem.is_tolerant:
                    if there:
                        self.model.add(sum(choice[row, host] for row in rows) == 0)
                    elif len(rows) > 1:
                        self.model.add_at_most_one(choice[row, host] for row in rows)
                    continue
                self._keep_newcomers_apart(choice, host, rows, there)

    def _spread(self, choice: Choices, group: int, row_of: dict[int, int]) -> None:
        """No more of the group in a domain than may be there; of those that were there too many may stay."""
        state, spread = self.state, self.state.problem.spreads[group]
        for domain, most in enumerate(map(int, spread.most)):
            of_domain = frozenset(map(int, np.flatnonzero(spread.domain_of == domain)))
            still = sum(
                spread.weight[item]
                for item in state.problem.apart[group]
                if item not in row_of and int(state.place[item]) in of_domain
            )
            coming = [
                (row, host, spread.weight[item])
                for item in state.problem.apart[group]
                if (row := row_of.get(item, -1)) >= 0
                for host in self.hosts
                if host in of_domain and (row, host) in choice
            ]
            if not coming:
                continue
            kept = sum(weight * choice[row, host] for row, host, weight in coming) <= max(0, most - still)
            if not state.problem.is_tolerant:
                self.model.add(kept)
                continue
            fits = self.model.new_bool_var(f"fits{group}@{domain}")
            self.model.add(kept).only_enforce_if(fits)
            if still > most:
                self.model.add(fits == 0)
            for row, host, _ in coming:
                if int(state.problem.start[self.items[row]]) not in of_domain:
                    self.model.add_implication(choice[row, host], fits)

    def _keep_newcomers_apart(self, choice: Choices, host: int, rows: list[int], there: list[int]) -> None:
        all_were_there = all(self._was_there(item, host) for item in there)
        for row in rows:
            if there and not (all_were_there and self._was_there(self.items[row], host)):
                self.model.add(choice[row, host] == 0)
        for one, other in combinations(rows, 2):
            if not (self._was_there(self.items[one], host) and self._was_there(self.items[other], host)):
                self.model.add_bool_or(~choice[one, host], ~choice[other, host])

    def _may_stay_crowded(self, capacity: int, host: int, room: int) -> bool:
        """Whether the host was too full at the start, may stay so, and has taken nothing since that stands still."""
        state, problem = self.state, self.state.problem
        if not problem.is_tolerant:
            return False
        back = sum(problem.need[capacity, item] for item in self.items if self._was_there(item, host))
        if back <= room:
            return False
        moving = frozenset(self.items)
        there = np.flatnonzero(state.place == host)
        return not any(int(item) not in moving and self._is_newcomer(int(item), host) for item in there)

    def _is_newcomer(self, item: int, host: int) -> bool:
        return bool(self.state.weighs[item]) and not self._was_there(item, host)

    def _was_there(self, item: int, host: int) -> bool:
        return bool(self.state.problem.start[item] == host)
