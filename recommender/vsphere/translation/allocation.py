"""Reservation, limit and shares of a VM or a resource pool."""

from recommender.inventory.allocation import Allocation
from recommender.vsphere.facts import Facts


def allocation_of(facts: Facts, path: str) -> Allocation | None:
    """A pool's allocation at ``config.cpuAllocation`` or ``config.memoryAllocation``; ``None`` if it was not told."""
    reservation = facts.get(f"{path}.reservation")
    if reservation is None:
        return None
    return Allocation(
        reservation=int(reservation),
        limit=limit_of(facts, path),
        shares=facts.get(f"{path}.shares.shares"),
        is_expandable=bool(facts.get(f"{path}.expandableReservation")),
    )


def limit_of(facts: Facts, path: str) -> int | None:
    """The limit; vSphere writes -1 where there is none."""
    limit = facts.get(f"{path}.limit")
    return None if limit is None or limit < 0 else int(limit)
