"""Who holds how many units of simultaneous migration at one moment of a plan."""

from collections import Counter
from collections.abc import Mapping

from recommender.inventory.inventory import Inventory
from recommender.planning.concurrency_limits import UnitPlace, capacity_of, place_name, units_in_flight
from recommender.policy import Policy


class UnitLedger:
    """Grants units and takes them back.

    Nobody knows when the migrations end that were under way at the start, so theirs are held for the whole plan.
    """

    def __init__(self, inventory: Inventory, policy: Policy) -> None:
        self._inventory, self._policy = inventory, policy
        self._capacity: dict[UnitPlace, int] = {}
        self._held: Counter[UnitPlace] = Counter()
        for flight in inventory.in_flight:
            self._held.update(units_in_flight(inventory, policy, flight))
        self._held_by_others = Counter(self._held)

    def free(self, place: UnitPlace) -> int:
        """Units that are left at ``place`` now."""
        return self._capacity_of(place) - self._held[place]

    def lacking(self, units: Mapping[UnitPlace, int]) -> UnitPlace | None:
        """The first place that has not enough units left, ``None`` if there are enough everywhere."""
        return next((place for place, needed in units.items() if needed > self.free(place)), None)

    def take(self, units: Mapping[UnitPlace, int]) -> None:
        """A migration starts."""
        self._held.update(units)

    def give_back(self, units: Mapping[UnitPlace, int]) -> None:
        """A migration ended."""
        self._held.subtract(units)

    def grantable(self, place: UnitPlace) -> int:
        """Units at ``place`` that are not held by migrations of others."""
        return self._capacity_of(place) - self._held_by_others[place]

    def shortage(self, units: Mapping[UnitPlace, int]) -> str:
        """Why ``units`` can never be granted, with numbers; empty if they can."""
        for place, needed in units.items():
            if needed > self.grantable(place):
                name, capacity = place_name(self._inventory, place), self._capacity_of(place)
                held = self._held_by_others[place]
                others = f", of which migrations already under way hold {held}" if held else ""
                return f"it needs {needed} units of {name}, which has {capacity}{others}"
        return ""

    def _capacity_of(self, place: UnitPlace) -> int:
        if place not in self._capacity:
            self._capacity[place] = capacity_of(self._inventory, self._policy, place)
        return self._capacity[place]
