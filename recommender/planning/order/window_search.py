"""A long timeline made shorter window by window: some moves that follow each other are put anew, the rest comes sooner.

CP-SAT proves the best order of fifty moves in a second and hardly betters one of two hundred. So it is asked about
those of one window only: what began before stays, and everything after it is one block, which is to come as much sooner
as it can. Windows grow where nothing more is found.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ortools.sat.python import cp_model

from recommender.placement.engine.deterministic_solver import deterministic_solver
from recommender.placement.engine.seeded_numbers import uniform
from recommender.planning.transfers.unshared_timeline import UnsharedTimeline

SMALLEST: Final = 60  # moves in a window, at first
GROWTH: Final = 1.35
EFFORT_A_MOVE: Final = 0.0006  # deterministic seconds of CP-SAT at most, for each of a window
LEAST_EFFORT: Final = 0.002  # what building a small model costs, in the same seconds
NEVER: Final = 1 << 40  # more room than there is
STEP: Final = 0.25  # of a window, and up to as much three times: so far on begins the next


def shorter_by_windows(timeline: UnsharedTimeline, starts: Sequence[int], effort: float, enough: int) -> list[int]:
    """Starts (ticks) of a timeline that is over no later; nothing is gained by being over before ``enough``.

    ``timeline`` holds links, ``effort`` is in deterministic seconds. The same question has the same answer.
    """
    return _WindowSearch(timeline).run(timeline.left_shifted(starts), effort, enough)


class _WindowSearch:
    def __init__(self, timeline: UnsharedTimeline) -> None:
        self._timeline, self._lengths = timeline, timeline.lengths
        self._spent, self._chance = 0.0, _chance()

    def run(self, starts: list[int], effort: float, enough: int) -> list[int]:
        """See ``shorter_by_windows``."""
        size, count = float(SMALLEST), len(starts)
        while self._spent < effort and self._end(starts) > enough and size < GROWTH * count:
            before, first = self._end(starts), 0
            while first < count and self._spent < effort:
                starts = self._improved(starts, first, int(size))
                first += int(size * STEP * (1 + 2 * next(self._chance)))
            if self._end(starts) == before:
                size *= GROWTH
        return starts

    def _end(self, starts: Sequence[int]) -> int:
        return max(start + length for start, length in zip(starts, self._lengths, strict=True))

    def _improved(self, starts: list[int], first: int, size: int) -> list[int]:
        order = sorted(range(len(starts)), key=lambda number: (starts[number], number))
        window = _Window(self._timeline, starts, order[:first], order[first : first + size], order[first + size :])
        found = window.solved(EFFORT_A_MOVE * size)
        self._spent += window.spent + LEAST_EFFORT
        return starts if found is None else self._timeline.left_shifted(found)


class _Window:
    """One question: ``free`` moves anew, ``over`` began before and stay, ``later`` ones come sooner all together."""

    def __init__(
        self,
        timeline: UnsharedTimeline,
        starts: Sequence[int],
        over: Sequence[int],
        free: Sequence[int],
        later: Sequence[int],
    ) -> None:
        self.spent = 0.0
        self._timeline, self._starts, self._free, self._later = timeline, starts, free, later
        lengths, model = timeline.lengths, cp_model.CpModel()
        self._model, self._begin = model, starts[free[0]]
        end = max(starts[number] + lengths[number] for number in free)
        last = max(start + length for start, length in zip(starts, lengths, strict=True))
        self._sooner = model.new_int_var(0, (starts[later[0]] if later else end) - self._begin, "")
        self._begins: dict[int, cp_model.IntVar] = {}
        for number in free:
            self._begins[number] = model.new_int_var(self._begin, end - lengths[number], "")
            model.add_hint(self._begins[number], starts[number])
            if not later:
                model.add(self._begins[number] + lengths[number] <= last - self._sooner)
        model.add_hint(self._sooner, 0)
        running = [number for number in over if starts[number] + lengths[number] > self._begin]
        if not later:
            still = max((starts[number] + lengths[number] for number in running), default=0)
            model.add(self._sooner <= max(0, last - still))
        # What comes later than that meets nobody of the window, however much sooner it is.
        near = [number for number in later if starts[number] < 2 * end - self._begin]
        moments: dict[int, cp_model.LinearExprT] = {number: starts[number] for number in running}
        moments.update(self._begins)
        moments.update({number: starts[number] - self._sooner for number in near})
        self._units(moments)
        self._room(over, moments)
        model.maximize(self._sooner)

    def solved(self, effort: float) -> list[int] | None:
        """All starts, if the window can be made shorter."""
        solver = deterministic_solver(effort, seed=0)
        solver.parameters.linearization_level = 0
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
        status = solver.solve(self._model)
        self.spent = solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or not solver.value(self._sooner):
            return None
        found = list(self._starts)
        for number, begin in self._begins.items():
            found[number] = solver.value(begin)
        for number in self._later:
            found[number] -= solver.value(self._sooner)
        return found

    def _units(self, moments: dict[int, cp_model.LinearExprT]) -> None:
        """What a move gives back where it took it: units, and its share of links."""
        users: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        intervals: dict[int, cp_model.IntervalVar] = {}
        for number, moment in moments.items():
            length = self._timeline.lengths[number]
            intervals[number] = self._model.new_fixed_size_interval_var(moment, length, "")
            for amount, count in self._timeline.lent(number):
                users[amount].append((number, count))
        for amount, those in users.items():
            if sum(count for _, count in those) > self._timeline.free[amount]:
                counts = [count for _, count in those]
                held = [intervals[number] for number, _ in those]
                self._model.add_cumulative(held, counts, self._timeline.free[amount])

    def _room(self, over: Sequence[int], moments: dict[int, cp_model.LinearExprT]) -> None:
        """What it takes where it comes to and gives where it leaves."""
        level, begun = self._level(over, moments), set(over)
        times: defaultdict[int, list[cp_model.LinearExprT]] = defaultdict(list)
        changes: defaultdict[int, list[int]] = defaultdict(list)
        for number, moment in moments.items():
            end = moment + self._timeline.lengths[number]
            comes = (
                [] if number in begun else [(amount, count, moment) for amount, count in self._timeline.taken(number)]
            )
            for amount, change, at in (*comes, *((one, -count, end) for one, count in self._timeline.given(number))):
                times[amount].append(at)
                changes[amount].append(change)
        for amount, those in changes.items():
            if sum(change for change in those if change > 0) > level[amount]:
                self._model.add_reservoir_constraint(times[amount], those, -NEVER, level[amount])

    def _level(self, over: Sequence[int], moments: dict[int, cp_model.LinearExprT]) -> list[int]:
        """What is free of each thing once all ``over`` have begun and all of them that are not in ``moments`` ended."""
        level = list(self._timeline.free)
        for number in over:
            for amount, count in self._timeline.taken(number):
                level[amount] -= count
            for amount, count in () if number in moments else self._timeline.given(number):
                level[amount] += count
        return level


def _chance() -> Iterator[float]:
    seed = 0
    while True:
        yield from map(float, uniform(64, seed))
        seed += 1
