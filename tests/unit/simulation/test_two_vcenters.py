"""A simulated estate of two vCenters: a VM that goes over has another address there, and each may be silent alone."""

from dataclasses import replace

import pytest

from recommender.errors import InventoryUnavailable, MigrationRefused, OutcomeUnknown
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.placement.result import DiskMove, Move
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.estate.part import part_of
from recommender.simulation.failures import Failure, Outage
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.simulation.moves import a_move

# The other vCenter counts its objects from the same number on.
THERE, STORE, NET = EntityRef("new", "a"), EntityRef("new", "ds"), EntityRef("new", "net")


def estate() -> Inventory:
    return make_inventory(
        [make_host("a"), make_host("b"), replace(make_host("x"), ref=THERE, datastores=(STORE,), networks=(NET,))],
        [
            make_vm("v", "a"),
            make_vm("w", "b"),
            make_vm("t", "a", kind=VmKind.TEMPLATE, power_state=PowerState.POWERED_OFF),
        ],
        datastores=[
            Datastore(ref=one, name=str(one), datacenter="dc", capacity_mib=1 << 24, free_mib=1 << 23)
            for one in (ref("ds"), STORE)
        ],
        networks=[Network(ref=one, name="net", datacenter="dc") for one in (ref("net"), NET)],
        vm_anti_affinity_rules=[VmAntiAffinityRule(name="apart", vms=(ref("v"), ref("w")))],
    )


class World:
    def __init__(self, *failures: Failure) -> None:
        self.inventory, self.clock = estate(), SimulatedClock()
        self.datacenter = SimulatedDataCenter(self.inventory, self.clock, failures=failures)

    def move_over(self, vm: str) -> Move:
        disk = DiskMove(disk_key=2000, source=ref("ds"), destination=STORE)
        return replace(a_move(self.inventory, vm, "b"), destination=THERE, disk_moves=(disk,))


def test_a_vm_that_goes_over_is_found_by_its_uuid_alone_and_is_in_no_rule_there() -> None:
    world = World()
    world.datacenter.relocate(world.move_over("v"), "op-1")
    world.clock.sleep(600.0)
    assert world.datacenter.place_of(ref("v")) is None
    assert world.datacenter.found_in("vc", "uuid-v") is None
    place = world.datacenter.found_in("new", "uuid-v")
    assert place is not None
    assert (place.host, dict(place.disk_datastores)[2000]) == (THERE, STORE)
    now = world.datacenter.read()
    assert now.vm(place.vm).networks == (NET,)
    assert now.anti_affinity_rules_of(place.vm) == ()
    assert now.in_flight == ()
    (task,) = world.datacenter.recent_tasks(ref("v"), world.inventory.taken_at.replace(year=2000))
    assert task.operation_id == "op-1"


def test_a_template_does_not_go_over() -> None:
    world = World()
    with pytest.raises(MigrationRefused, match="template"):
        world.datacenter.relocate(world.move_over("t"), "op-1")


def test_each_vcenter_may_be_silent_alone() -> None:
    world = World(Outage(at_s=0.0, for_s=60.0, vcenter="new"))
    assert [host.name for host in world.datacenter.read(("vc",)).hosts] == ["a", "b"]
    for vcenters in (("new",), None):
        with pytest.raises(InventoryUnavailable):
            world.datacenter.read(vcenters)
    with pytest.raises(MigrationRefused, match="could not be reached"):
        world.datacenter.relocate(world.move_over("v"), "op-1")
    with pytest.raises(OutcomeUnknown):
        world.datacenter.enter_maintenance(THERE, "op-2")
    world.clock.sleep(61.0)
    assert len(world.datacenter.read().hosts) == 3


def test_who_reaches_one_vcenter_sees_a_vm_leave_but_not_where_it_goes() -> None:
    world = World()
    world.datacenter.relocate(world.move_over("v"), "op-1")
    seen = world.datacenter.read(("vc",))
    assert [(flight.vm, flight.destination) for flight in seen.in_flight] == [(ref("v"), ref("a"))]
    assert [host.name for host in seen.hosts] == ["a", "b"]
    assert [vm.name for vm in seen.virtual_machines] == ["t", "v", "w"]
    assert [store.ref for store in seen.datastores] == [ref("ds")]
    assert [rule.name for rule in seen.vm_anti_affinity_rules] == ["apart"]
    other = part_of(world.datacenter.read(), ("new",))
    assert (other.in_flight, other.vm_anti_affinity_rules, other.virtual_machines) == ((), (), ())
