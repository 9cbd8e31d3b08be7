"""A step is judged by the world as it is right before it starts, in words with numbers."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.actuation.preconditions import reason_to_skip
from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import POLICY, a_step, three_hosts

PLANNED = three_hosts()


def reason(inventory: Inventory, *, datastore: str | None = None) -> str | None:
    step = a_step(PLANNED, 1, "v1", "b", datastore=datastore)
    return reason_to_skip(inventory, constraints_for(POLICY), step, "uuid-v1")


def with_v1(**changes: Any) -> Inventory:
    vms = tuple(replace(vm, **changes) if vm.ref == ref("v1") else vm for vm in PLANNED.virtual_machines)
    return replace(PLANNED, virtual_machines=vms)


def without(*hosts: str) -> Inventory:
    return replace(PLANNED, hosts=tuple(host for host in PLANNED.hosts if host.name not in hosts))


def test_nothing_speaks_against_a_step_in_the_world_it_was_made_for() -> None:
    assert reason(PLANNED) is None


@pytest.mark.parametrize(
    ("inventory", "expected"),
    [
        (
            replace(PLANNED, virtual_machines=tuple(vm for vm in PLANNED.virtual_machines if vm.name != "v1")),
            "the VM is gone",
        ),
        (
            with_v1(instance_uuid="uuid-new"),
            "another VM has its address now (instance UUID uuid-new instead of uuid-v1)",
        ),
        (with_v1(host=ref("c")), "it is on host c now, not on a"),
        (with_v1(host=ref("b")), "it is on host b now, not on a"),
        (
            PLANNED.with_in_flight(MigrationInFlight(vm=ref("v1"), destination=ref("c"))),
            "a migration of it to host c is under way",
        ),
        (without("b"), "its destination host vc/b is no longer in the inventory"),
    ],
)
def test_a_changed_world_is_told(inventory: Inventory, expected: str) -> None:
    assert reason(inventory) == expected


@pytest.mark.parametrize(
    ("disks", "expected"),
    [
        ((), "its disk 2000 is gone"),
        (
            (Disk(key=2000, datastore=ref("other"), size_mib=20_480),),
            "its disk 2000 is on datastore other now, not on ds",
        ),
    ],
)
def test_disks_that_are_elsewhere_are_told(disks: tuple[Disk, ...], expected: str) -> None:
    assert reason(with_v1(disks=disks), datastore="other") == expected


def test_a_datastore_that_is_gone_is_told() -> None:
    stores = tuple(store for store in PLANNED.datastores if store.name != "other")
    assert reason(replace(PLANNED, datastores=stores), datastore="other") == (
        "datastore vc/other is no longer in the inventory"
    )


def test_a_rule_that_the_step_would_break_is_told_with_its_numbers() -> None:
    full = make_vm("full", "b", memory=100_000)
    told = reason(replace(PLANNED, virtual_machines=(*PLANNED.virtual_machines, full)))
    assert told is not None
    assert told.startswith("memory_capacity: ")
    assert "MiB" in told


def test_a_rule_of_vcenters_is_told_by_its_name() -> None:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("v1"), ref("w")))
    inventory = make_inventory(
        [make_host(name, datastores=("ds", "other")) for name in "abc"],
        [*PLANNED.virtual_machines, make_vm("w", "b")],
        vm_anti_affinity_rules=(rule,),
    )
    told = reason(inventory)
    assert told is not None
    assert told.startswith("vm_anti_affinity (apart): ")


def test_a_rule_that_must_hold_only_in_the_end_does_not_stop_a_step_on_the_way() -> None:
    rule = VmAffinityRule(name="together", vms=(ref("v1"), ref("v2")))
    assert reason(replace(PLANNED, vm_affinity_rules=(rule,))) is None
