"""The space of datastores told to CP-SAT: what comes fits, and what used space costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Final

from ortools.sat.python import cp_model

from recommender.placement.disks.problem import STAYS
from recommender.placement.disks.state import DiskState
from recommender.placement.engine.tangents import tangents

COST_SCALE: Final = 1000  # whole numbers that make an objective unit
SLOPE_SCALE: Final = 1 << 16  # times that, a slope of 1 per MiB
MOST_COST: Final = 1 << 40

_Terms = list[tuple[int, cp_model.IntVar]]  # MiB, and the literal that brings them


@dataclass(frozen=True, slots=True)
class DatastoreSpaceModel:
    """Literals by option; units without a literal stand still where ``state`` has them."""

    model: cp_model.CpModel
    state: DiskState
    choice: dict[int, cp_model.IntVar]

    def keep_room(self) -> None:
        """What comes to a datastore fits beside what else is there; a datastore that is too full takes nothing."""
        for store in range(len(self.state.problem.stores)):
            needs = [(-floor(freed), literal) for freed, literal in self._freed(store)]
            coming = [literal for amount, literal in needs if amount > 0]
            if not coming:
                continue
            room = floor(self.state.room[store] - self._given_back(store))
            self.model.add(sum(amount * literal for amount, literal in needs) <= max(room, 0))
            if room < 0:
                self.model.add(sum(coming) == 0)

    def costs(self) -> Iterator[cp_model.IntVar]:
        """The curved cost of each datastore by tangents from below."""
        problem, scale = self.state.problem, COST_SCALE * SLOPE_SCALE
        for store in range(len(problem.stores)):
            flows = self._flows(store)
            if not flows:
                continue
            rest = float(self.state.used[store]) - self._moved_now(store)
            least = rest + sum(amount for amount, _ in flows if amount < 0)
            most = rest + sum(amount for amount, _ in flows if amount > 0)
            cost = self.model.new_int_var(0, MOST_COST, f"cost{store}")
            curve = problem.store_cost.curve(0, store)
            for slope, base in tangents(curve, max(least, 0.0), most, [float(self.state.used[store])]):
                whole = floor(slope * scale)
                line = sum(whole * amount * literal for amount, literal in flows) + floor((base + slope * rest) * scale)
                self.model.add(SLOPE_SCALE * cost >= line)
            yield cost

    def _freed(self, store: int) -> list[tuple[float, cp_model.IntVar]]:
        """Room that each option gives back (or takes, below 0) on a datastore."""
        options = self.state.problem.options
        of_options = (
            (self.state.freed(int(options.unit[option]), int(options.store[option]), store), literal)
            for option, literal in self.choice.items()
            if options.store[option] != STAYS
        )
        return [(freed, literal) for freed, literal in of_options if freed]

    def _given_back(self, store: int) -> float:
        """Room that the units' present choices have given back there."""
        return sum(self.state.freed(unit, target, store) for unit, target in self._present())

    def _flows(self, store: int) -> _Terms:
        """Used space that each option brings to a datastore."""
        options = self.state.problem.options
        of_options = (
            (round(self.state.moved(int(options.unit[option]), int(options.store[option]), store)), literal)
            for option, literal in self.choice.items()
            if options.store[option] != STAYS
        )
        return [(moved, literal) for moved, literal in of_options if moved]

    def _moved_now(self, store: int) -> float:
        return sum(self.state.moved(unit, target, store) for unit, target in self._present())

    def _present(self) -> Iterator[tuple[int, int]]:
        """The units of the model that are copied as things are, and whereto."""
        options = self.state.problem.options
        for unit in sorted({int(options.unit[option]) for option in self.choice}):
            now = int(self.state.choice[unit])
            if now >= 0 and options.store[now] != STAYS:
                yield unit, int(options.store[now])
