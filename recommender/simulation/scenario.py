"""Ready-made situations in the simulated data centre."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef
from recommender.inventory.use import host_use
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.inventory_generator import generate_inventory

DEMO_HOSTS = 12
DEMO_VMS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A data centre on its clock; ``evacuate`` are hosts whose evacuation is worth asking for."""

    datacenter: SimulatedDataCenter
    clock: SimulatedClock
    evacuate: tuple[EntityRef, ...]


def demo_scenario(seed: int = 1, clock: SimulatedClock | None = None) -> Scenario:
    """12 hosts and 160 VMs in two clusters on a Monday morning: overloaded hosts, a broken rule, a host to empty.

    The host to empty is the least used one, which leaves room for its VMs. Without ``clock`` a new one is made.
    """
    clock = SimulatedClock() if clock is None else clock
    inventory = generate_inventory(seed, hosts=DEMO_HOSTS, vms=DEMO_VMS, clusters=2, taken_at=clock.now())
    idlest = min(inventory.hosts, key=lambda host: host_use(inventory, host).cpu)
    return Scenario(datacenter=SimulatedDataCenter(inventory, clock, seed), clock=clock, evacuate=(idlest.ref,))
