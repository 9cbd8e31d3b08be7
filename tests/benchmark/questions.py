"""The questions of the table of aims, as requests."""

from dataclasses import replace

from recommender.inventory.inventory import Inventory
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import ObjectiveWeights, Policy
from tests.benchmark.datastores import with_datastores

QUIET_MIB_S = 20.0  # a dirty rate at which every migration converges
FEW = 11


def request_of(inventory: Inventory, question: str) -> PlacementRequest:
    """The question called so; raises ``ValueError`` for an unknown one."""
    match question:
        case "rules":
            return PlacementRequest(inventory=inventory, policy=Policy())
        case "eleven":
            return PlacementRequest(inventory=inventory, policy=Policy(max_moves=FEW))
        case "eleven-all-converge":
            return PlacementRequest(inventory=_quiet(inventory), policy=Policy(max_moves=FEW))
        case "trial":
            policy = Policy(migration_threshold=5, weights=ObjectiveWeights(hot_host=0.0))
            return PlacementRequest(inventory=inventory, policy=policy)
        case "datastores":
            return PlacementRequest(inventory=with_datastores(inventory, 0), policy=Policy(), goal=Goal.DATASTORES)
    kind, _, number = question.partition("-")
    if kind != "evacuate":
        raise ValueError(f"no question is called {question}")
    hosts = sorted(inventory.hosts, key=lambda host: host.name)[: int(number)]
    refs = tuple(host.ref for host in hosts)
    return PlacementRequest(inventory=inventory, policy=Policy(), goal=Goal.EVACUATE, evacuate=refs)


def _quiet(inventory: Inventory) -> Inventory:
    """The fleet as if the dirty rate of every VM were known and low: the removal bound takes all VMs for movable."""
    vms = tuple(replace(vm, load=replace(vm.load, dirty_mib_s=QUIET_MIB_S)) for vm in inventory.virtual_machines)
    return replace(inventory, virtual_machines=vms)
