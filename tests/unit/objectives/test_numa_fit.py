"""VMs that are bigger than every NUMA node of their host cost, wherever another one would hold them."""

from recommender.inventory.host import NumaNode
from recommender.inventory.virtual_machine import PowerState
from recommender.objectives.numa_fit import NumaFit
from recommender.placement.answer import inventory_after
from recommender.placement.solve import solve
from recommender.policy import ObjectiveWeights, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.placement.questions import request, small_host

SMALL = tuple(NumaNode(number=number, cores=4, memory_mib=4000) for number in (0, 1))
BIG = (NumaNode(number=0, cores=16, memory_mib=64_000),)


def test_too_many_vcpus_or_too_much_memory_for_a_node_cost() -> None:
    vms = [
        make_vm("fits", "h", vcpus=4, memory=4000),
        make_vm("wide", "h", vcpus=5, memory=1000),
        make_vm("tall", "h", vcpus=1, memory=4001),
        make_vm("off", "h", vcpus=9, power_state=PowerState.POWERED_OFF),
    ]
    on_small = make_inventory([make_host("h", numa_nodes=SMALL)], vms)
    unknown = make_inventory([make_host("h")], vms)
    assert NumaFit(weight=7.0).cost(on_small, on_small) == 14.0
    assert NumaFit(weight=7.0).cost(unknown, unknown) == 0.0


def test_a_vm_goes_where_a_node_holds_it_if_that_pays() -> None:
    hosts = [small_host("small", memory=20_000, numa_nodes=SMALL), small_host("big", memory=20_000, numa_nodes=BIG)]
    vms = [make_vm("wide", "small", vcpus=8, cpu=100, memory=2000), make_vm("other", "big", cpu=100, memory=2000)]
    asked = request(hosts, vms, policy=Policy(weights=ObjectiveWeights(balance=0.0)))
    assert inventory_after(asked.inventory, solve(asked).moves).vm(ref("wide")).host == ref("big")
    indifferent = request(hosts, vms, policy=Policy(weights=ObjectiveWeights(balance=0.0, numa_fit=0.0)))
    assert solve(indifferent).moves == ()
