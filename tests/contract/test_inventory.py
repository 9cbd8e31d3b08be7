"""Both worlds tell of the same estate the same inventory, complete and in the product's terms."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pyVmomi import vim

from recommender.constraints.registry import constraints_for
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.lookup import host_named, vm_named
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.policy import Policy
from recommender.vsphere.session.session import Service, Session
from tests.contract.conftest import StartSimulator
from tests.contract.described import described
from tests.contract.estate import Estate
from tests.contract.estates import FREE, HERE, MOVING, REFUSED, every_refusal, uniform
from tests.contract.in_memory import inventory_of
from tests.contract.running_simulator import RunningSimulator, running_simulator
from tests.contract.worlds import World, over_soap

TAKEN_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def test_a_reading_is_the_whole_estate_and_nothing_else(world: World) -> None:
    assert described(world.source.read()) == described(inventory_of(every_refusal(), TAKEN_AT))


def test_vms_of_every_power_state_and_templates_are_there(world: World) -> None:
    inventory = world.source.read()
    found = {vm.name: (vm.power_state, vm.kind) for vm in inventory.virtual_machines}
    assert found[MOVING] == (PowerState.POWERED_ON, VmKind.ORDINARY)
    assert found["off-1"] == (PowerState.POWERED_OFF, VmKind.ORDINARY)
    assert found["asleep-1"] == (PowerState.SUSPENDED, VmKind.ORDINARY)
    assert found["golden-image"] == (PowerState.POWERED_OFF, VmKind.TEMPLATE)


def test_every_vm_has_an_identity_of_its_own(world: World) -> None:
    vms = world.source.read().virtual_machines
    assert len({vm.instance_uuid for vm in vms}) == len(vms) == len(every_refusal().vms)


def test_a_reading_is_dated_and_two_readings_of_an_idle_estate_agree(world: World) -> None:
    before = world.clock.now()
    first, second = world.source.read(), world.source.read()
    assert before <= first.taken_at <= second.taken_at <= world.clock.now()
    assert replace(first, taken_at=TAKEN_AT) == replace(second, taken_at=TAKEN_AT)


@pytest.mark.parametrize(("host", "rule"), REFUSED.items())
def test_each_host_is_refused_by_the_rule_it_was_made_for_and_by_no_other(
    refusing: Inventory, host: str, rule: str
) -> None:
    assert rules_broken(refusing, MOVING, host) == {rule}


def test_one_host_takes_the_vm(refusing: Inventory) -> None:
    assert rules_broken(refusing, MOVING, FREE) == set()


def test_load_over_soap_is_that_of_the_vms(simulator: RunningSimulator) -> None:
    with over_soap(simulator) as world:
        inventory = world.source.read()
    assert vm_named(inventory, MOVING).load == VmLoad(
        cpu_demand_mhz=2000, memory_active_mib=2048, memory_consumed_mib=12_288
    )
    assert vm_named(inventory, "off-1").load == vm_named(inventory, "asleep-1").load == VmLoad()
    # 2,000 of web-1 and 3 × 500 MHz, and what the hypervisor takes.
    assert host_named(inventory, HERE).load == HostLoad(cpu_used_mhz=3650, memory_used_mib=23_004)
    assert host_named(inventory, "esx-lost").load == HostLoad()


def test_hosts_tell_the_key_providers_of_their_vcenter(start_simulator: StartSimulator) -> None:
    def register(service: Service) -> None:
        manager: Any = service.keys
        for name in ("kms-b", "kms-a"):
            manager.RegisterKmsCluster(vim.encryption.KeyProviderId(id=name), "nativeProvider")

    session = Session((simulator := start_simulator(uniform(2, 0))).address())
    session.reading(register)
    session.close()
    with over_soap(simulator) as world:
        inventory = world.source.read()
    assert {host.key_providers for host in inventory.hosts} == {("kms-a", "kms-b")}


def test_a_vcenter_without_anything_in_it_is_read_as_that(start_simulator: StartSimulator) -> None:
    with over_soap(start_simulator(Estate())) as world:
        inventory = world.source.read()
    assert (inventory.hosts, inventory.virtual_machines, inventory.clusters, inventory.datastores) == ((), (), (), ())


def test_hosts_without_a_single_vm_are_read(start_simulator: StartSimulator) -> None:
    with over_soap(start_simulator(uniform(2, 0))) as world:
        inventory = world.source.read()
    assert [host.name for host in inventory.hosts] == ["esx-001", "esx-002"]
    assert inventory.virtual_machines == ()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """What is read over SOAP, once for the tests that only look at it."""
    with (
        running_simulator(tmp_path_factory.mktemp("simulator"), every_refusal()) as simulator,
        over_soap(simulator) as world,
    ):
        return world.source.read()


def rules_broken(inventory: Inventory, vm: str, host: str) -> set[str]:
    """The rules that are broken while ``vm`` is on its way to ``host`` and are not without it."""
    moved = vm_named(inventory, vm)
    flight = MigrationInFlight(vm=moved.ref, destination=host_named(inventory, host).ref)
    coming = inventory.with_in_flight(flight)
    return {
        constraint.name
        for constraint in constraints_for(Policy())
        if set(constraint.violations(coming, [moved])) - set(constraint.violations(inventory, [moved]))
    }
