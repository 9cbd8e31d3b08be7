"""Which ended steps made another one possible: without them a rule would forbid its start.

Steps that only held units are not among them: whoever waits for units may start as well when a step has failed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender.constraints.base import Constraint
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.evolving_picture import is_held_back, places_freed, places_needed


@dataclass(slots=True, kw_only=True)
class DraftStep:
    """A step whose end is not known yet while it runs; ``depends_on`` are positions in the draft."""

    move: Move
    start_s: float
    end_s: float | None = None
    depends_on: tuple[int, ...] = ()


class Dependencies:
    """Finds them among the steps of a draft."""

    def __init__(self, constraints: Sequence[Constraint], steps: Sequence[DraftStep]) -> None:
        self._constraints, self._steps = constraints, steps
        self._left: defaultdict[EntityRef, list[int]] = defaultdict(list)
        self._came: defaultdict[EntityRef, list[int]] = defaultdict(list)

    def started(self, position: int) -> None:
        """Tell that a step of the draft begins."""
        for place in places_needed(self._steps[position].move):
            self._came[place].append(position)

    def ended(self, position: int) -> None:
        """Tell that a step of the draft has ended."""
        move = self._steps[position].move
        for entity in {move.vm, *places_freed(move)}:
            self._left[entity].append(position)

    def of(self, picture: Inventory, move: Move) -> tuple[int, ...]:
        """The steps without whose end ``move``, which may start in ``picture``, could not; earliest first.

        Asked one by one: if only this step (and whoever came because of it) had not happened, would ``move`` be
        refused? Where each of two steps makes enough room, neither is necessary.
        """
        before = set(self._left.get(move.vm, ())[-1:])
        left = {position for place in places_needed(move) for position in self._left.get(place, ())} - before
        if left and is_held_back(self._constraints, self._without(picture, left), move):
            before.update(
                position
                for position in left
                if is_held_back(self._constraints, self._without(self._not_come(picture, position), [position]), move)
            )
        return tuple(sorted(before))

    def _without(self, picture: Inventory, positions: Iterable[int]) -> Inventory:
        """The picture in which these steps' VMs still hold their old room, besides the new."""
        for position in sorted(positions):
            move = self._steps[position].move
            old_stores = tuple(sorted({disk.source for disk in move.disk_moves}))
            flight = MigrationInFlight(vm=move.vm, destination=move.source, destination_datastores=old_stores)
            picture = picture.with_in_flight(flight)
        return picture

    def _not_come(self, picture: Inventory, position: int) -> Inventory:
        """The picture without those who came because this step had ended."""
        for place in places_freed(self._steps[position].move):
            for came in self._came.get(place, ()):
                move = self._steps[came].move
                if position in self._steps[came].depends_on:
                    flight = picture.in_flight_of(move.vm)
                    if flight is not None and flight.destination == move.destination:
                        picture = picture.without_in_flight(move.vm)
                    elif picture.vm(move.vm).host == move.destination:
                        picture = picture.with_vm_on(move.vm, move.source)
        return picture
