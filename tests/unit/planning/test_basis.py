import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.virtual_machine import Disk, PowerState
from recommender.planning.basis import PlanBasis, changed_vms, plan_basis, stale_reasons
from recommender.policy import ObjectiveWeights, Policy
from tests.inventories import make_host, ref
from tests.unit.journal.plans import exchange, two_hosts

Change = Callable[[Inventory], Inventory]


def basis(inventory: Inventory | None = None) -> PlanBasis:
    return plan_basis(inventory or two_hosts(), Policy(), exchange())


def with_vm(inventory: Inventory, name: str, **changes: object) -> Inventory:
    vms = (replace(vm, **changes) if vm.name == name else vm for vm in inventory.virtual_machines)  # type: ignore[arg-type]
    return replace(inventory, virtual_machines=tuple(vms))


def with_host(inventory: Inventory, name: str, **changes: object) -> Inventory:
    hosts = (replace(host, **changes) if host.name == name else host for host in inventory.hosts)  # type: ignore[arg-type]
    return replace(inventory, hosts=tuple(hosts))


def with_datastore(inventory: Inventory, name: str, **changes: object) -> Inventory:
    stores = (replace(store, **changes) if store.name == name else store for store in inventory.datastores)  # type: ignore[arg-type]
    return replace(inventory, datastores=tuple(stores))


def everything_that_may_change() -> Inventory:
    inventory = with_host(two_hosts(), "h1", load=HostLoad(cpu_used_mhz=19_000, memory_used_mib=90_000))
    inventory = with_vm(inventory, "v1", load=VmLoad(cpu_demand_mhz=2), feature_requirements=None)
    inventory = with_vm(inventory, "v1", disks=(Disk(key=2000, datastore=ref("ds"), size_mib=99_999),))
    inventory = with_datastore(inventory, "ds2", free_mib=1)
    inventory = with_host(inventory, "h3", in_maintenance=True)
    return with_vm(inventory, "v3", memory_mib=1, host=ref("h1"))


def test_nothing_is_stale_while_only_load_free_space_and_bystanders_change() -> None:
    assert stale_reasons(basis(), two_hosts(), Policy()) == ()
    assert stale_reasons(basis(), everything_that_may_change(), Policy()) == ()
    assert changed_vms(basis(), everything_that_may_change()) == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda i: with_host(i, "h2", in_maintenance=True), "host h2 has changed (in maintenance)"),
        (
            lambda i: with_host(i, "h1", connection_state=ConnectionState.DISCONNECTED),
            "host h1 has changed (connection state)",
        ),
        (lambda i: with_host(i, "h1", memory_mib=1, cores=2), "host h1 has changed (cores, memory mib)"),
        (lambda i: with_host(i, "h1", feature_capabilities=None), "host h1 has changed (feature capabilities)"),
        (lambda i: with_datastore(i, "ds2", in_maintenance=True), "datastore ds2 has changed (in maintenance)"),
        (
            lambda i: replace(i, hosts=(make_host("h1", datastores=("ds", "ds2")),)),
            "vc/h2 is no longer in the inventory",
        ),
        (lambda i: replace(i, datastores=()), "vc/ds is no longer in the inventory"),
        (
            lambda i: replace(i, vm_affinity_rules=(VmAffinityRule(name="pair", vms=(ref("v1"), ref("v2"))),)),
            "the cluster rules have changed (vm affinity rules)",
        ),
        (
            lambda i: replace(i, vm_host_rules=(VmHostRule(name="near", vms=(ref("v3"),), hosts=(ref("h3"),)),)),
            "the cluster rules have changed (vm host rules)",
        ),
    ],
)
def test_a_change_of_a_rule_host_or_datastore_is_told_by_name(change: Change, told: str) -> None:
    assert told in stale_reasons(basis(), change(two_hosts()), Policy())


def test_a_change_of_policy_names_the_settings() -> None:
    other = Policy(max_moves=3, weights=ObjectiveWeights(balance=1.0))
    assert stale_reasons(basis(), two_hosts(), other) == ("the policy has changed (max_moves, weights)",)


def test_whole_numbers_and_floats_are_the_same_policy() -> None:
    whole = plan_basis(two_hosts(), Policy(max_rtt_ms=10), exchange())
    assert stale_reasons(whole, two_hosts(), Policy(max_rtt_ms=10.0)) == ()
    assert stale_reasons(whole, two_hosts(), Policy(max_rtt_ms=10.5)) != ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda i: replace(i, virtual_machines=i.virtual_machines[1:]), "vanished"),
        (lambda i: i.with_vm_on(ref("v1"), ref("h3")), "moved to host h3"),
        (lambda i: i.with_vm_on(ref("v1"), ref("h1"), {2000: ref("ds2")}), "its disks changed"),
        (lambda i: with_vm(i, "v1", power_state=PowerState.POWERED_OFF), "its power state is poweredOff now"),
        (lambda i: with_vm(i, "v1", memory_mib=8192), "its memory_mib is 8192 now"),
        (lambda i: with_vm(i, "v1", cpu_reservation_mhz=500), "its cpu_reservation_mhz is 500 now"),
        (lambda i: with_vm(i, "v1", networks=()), "its networks changed"),
        (lambda i: with_vm(i, "v1", instance_uuid="other"), "another VM has its address now"),
    ],
)
def test_a_vm_that_changed_is_told_with_what_changed_and_makes_nothing_else_stale(change: Change, told: str) -> None:
    assert changed_vms(basis(), change(two_hosts())) == {ref("v1"): told}
    assert stale_reasons(basis(), change(two_hosts()), Policy()) == ()


def test_the_order_in_which_vcenter_lists_things_says_nothing() -> None:
    one, other = (VmAntiAffinityRule(name=name, vms=(ref("v1"), ref("v2"))) for name in "ab")
    turned = VmAntiAffinityRule(name="a", vms=(ref("v2"), ref("v1")))
    before = basis(replace(two_hosts(), vm_anti_affinity_rules=(one, other)))
    after = with_host(
        replace(two_hosts(), vm_anti_affinity_rules=(other, turned)), "h1", datastores=(ref("ds2"), ref("ds"))
    )
    assert stale_reasons(before, after, Policy()) == ()


def test_a_damaged_fingerprint_counts_as_changed() -> None:
    damaged = replace(basis(), policy="", rules="nonsense", vms=((ref("v1"), "host:"),))
    assert len(stale_reasons(damaged, two_hosts(), Policy())) == 2
    assert ref("v1") in changed_vms(damaged, two_hosts())


def test_fingerprints_are_the_same_in_another_process() -> None:
    text = "from tests.unit.planning.test_basis import basis; print(basis())"
    other = subprocess.run(  # noqa: S603
        [sys.executable, "-c", text], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == str(basis())
