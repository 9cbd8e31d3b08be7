"""A cluster that is hot at one end, for tests of the whole search."""

from functools import cache

from recommender.inventory.inventory import Inventory
from recommender.placement.engine.seeded_numbers import uniform
from tests.inventories import make_inventory, make_vm
from tests.unit.placement.questions import small_host

HOSTS, VMS = 8, 90


@cache
def skewed_cluster() -> Inventory:
    """Most VMs on the first hosts, CPU and memory of many sizes, the first host far too hot."""
    draws = uniform(3 * VMS, 7).reshape(3, VMS)
    vms = [
        make_vm(
            f"vm-{number:02}",
            f"h{int(HOSTS * where**2)}",
            cpu=int(100 + 900 * busy**3),
            memory=int(64 << int(4 * size)),
        )
        for number, (where, busy, size) in enumerate(draws.T)
    ]
    return make_inventory([small_host(f"h{number}", cpu=6000, memory=16_000) for number in range(HOSTS)], vms)
