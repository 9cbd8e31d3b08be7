"""A generated estate is the same for the same seed, believable, and has something to mend."""

from collections import Counter

import pytest

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import host_use
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.simulation.inventory_generator import generate_inventory

SEEDS = range(5)


def separations_broken(inventory: Inventory) -> list[str]:
    return [
        rule.name
        for rule in inventory.vm_anti_affinity_rules
        if len({inventory.vm(vm).host for vm in rule.vms}) < len(rule.vms)
    ]


def test_the_same_seed_gives_the_same_estate() -> None:
    assert generate_inventory(7) == generate_inventory(7)
    assert generate_inventory(7) != generate_inventory(8)


def test_it_has_what_was_asked_for() -> None:
    inventory = generate_inventory(1, hosts=7, vms=90, clusters=3, vcenter="lab")
    assert len(inventory.hosts) == 7
    assert Counter(vm.kind for vm in inventory.virtual_machines)[VmKind.ORDINARY] == 90
    assert [cluster.name for cluster in inventory.clusters] == ["prod-a", "prod-b", "prod-c"]
    assert {host.ref.vcenter for host in inventory.hosts} == {"lab"}
    assert inventory.hosts[0].name == "esx-a-01.example.net"
    names = [vm.name for vm in inventory.virtual_machines]
    assert len(set(names)) == len(names)
    assert "web-frontend-03" in names


@pytest.mark.parametrize("seed", SEEDS)
def test_some_hosts_are_overloaded_and_no_memory_is(seed: int) -> None:
    inventory = generate_inventory(seed)
    uses = [host_use(inventory, host) for host in inventory.hosts]
    assert sum(use.cpu > 0.85 for use in uses) >= 1
    assert max(use.memory for use in uses) <= 0.93
    assert sum(use.cpu for use in uses) / len(uses) < 0.65


@pytest.mark.parametrize("seed", SEEDS)
def test_exactly_one_rule_is_broken_at_the_start(seed: int) -> None:
    inventory = generate_inventory(seed)
    assert separations_broken(inventory) == ["prod-a: separate databases"]
    for together in inventory.vm_affinity_rules:
        assert len({inventory.vm(vm).host for vm in together.vms}) == 1
    for rule in inventory.vm_host_rules:
        if rule.is_mandatory:
            assert all(rule.allows(inventory.vm(vm).host) for vm in rule.vms)
    assert {rule.is_mandatory for rule in inventory.vm_host_rules} == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_vm_can_be_where_it_is(seed: int) -> None:
    inventory = generate_inventory(seed)
    for vm in inventory.virtual_machines:
        host = inventory.host(vm.host)
        offered = {capability.key for capability in host.feature_capabilities or () if capability.value == "1"}
        assert {requirement.key for requirement in vm.feature_requirements or ()} <= offered
        assert set(vm.datastores) <= set(host.datastores)
        assert set(vm.networks) <= set(host.networks)
    for store in inventory.datastores:
        used = sum(
            disk.size_mib for vm in inventory.virtual_machines for disk in vm.disks if disk.datastore == store.ref
        )
        assert store.capacity_mib - store.free_mib == used
        assert store.free_mib > 0


def test_it_has_what_makes_estates_hard() -> None:
    inventory = generate_inventory(1)
    mounts = Counter(store for host in inventory.hosts for store in host.datastores)
    assert min(mounts.values()) < len(inventory.hosts) / len(inventory.clusters)
    assert max(mounts.values()) == len(inventory.hosts)
    kinds = Counter(vm.kind for vm in inventory.virtual_machines)
    assert kinds[VmKind.VCLS] == 6
    assert kinds[VmKind.TEMPLATE] == 2
    off = [vm for vm in inventory.virtual_machines if vm.power_state is PowerState.POWERED_OFF]
    assert len(off) > 2
    without_evc = [vm for vm in inventory.virtual_machines if vm.min_required_evc_mode == "intel-icelake"]
    assert without_evc


@pytest.mark.parametrize(("hosts", "clusters"), [(3, 2), (4, 0), (60, 27)])
def test_impossible_wishes_are_refused(hosts: int, clusters: int) -> None:
    with pytest.raises(ValueError, match="clusters of at least 2 hosts"):
        generate_inventory(1, hosts=hosts, clusters=clusters)


def test_small_estates_have_rules_only_where_there_are_vms_for_them() -> None:
    inventory = generate_inventory(1, hosts=2, vms=4, clusters=1)
    assert inventory.vm_anti_affinity_rules == ()
