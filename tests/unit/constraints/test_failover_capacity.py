"""What HA keeps free for failing hosts is not filled by us."""

from typing import Any

from recommender.constraints.failover_capacity import FailoverCapacity
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.policy import MoveScope
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = FailoverCapacity(scope=MoveScope.VCENTER)
WITHIN = FailoverCapacity(scope=MoveScope.CLUSTER)
SMALL: dict[str, Any] = {"cpu_mhz": 10_000, "memory_mib": 10_000}


def two_clusters(*, there: int = 0, **control: Any) -> Inventory:
    """VM ``a`` in ``red``; in ``blue`` two hosts of 10 GHz with ``there`` VMs that reserve 3 GHz each."""
    hosts = [
        make_host("outside", cluster=ref("red"), **SMALL),
        make_host("inside", cluster=ref("blue"), **SMALL),
        make_host("inside2", cluster=ref("blue"), **SMALL),
    ]
    running = [make_vm(f"v{number}", "inside", cpu_reservation_mhz=3000) for number in range(there)]
    blue = Cluster(
        ref=ref("blue"),
        name="blue",
        datacenter="dc",
        ha_enabled=True,
        admission_control=AdmissionControl(**control) if control else None,
    )
    red = Cluster(ref=ref("red"), name="red", datacenter="dc")
    vm = make_vm("a", "outside", cpu_reservation_mhz=3000, memory_reservation_mib=1000)
    return make_inventory(hosts, [vm, *running], clusters=(red, blue))


def percentage(there: int, percent: int) -> Inventory:
    return two_clusters(there=there, policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=percent)


def test_without_admission_control_everything_fits() -> None:
    assert hosts_for(RULE, two_clusters(there=9)) == {"outside", "inside", "inside2"}


def test_a_vm_enters_a_cluster_up_to_what_is_kept_free() -> None:
    assert hosts_for(RULE, percentage(2, 50)) == {"outside", "inside", "inside2"}
    assert reasons_against(RULE, percentage(2, 50), "inside") == []
    assert hosts_for(RULE, percentage(3, 50)) == {"outside"}
    assert reasons_against(RULE, percentage(3, 50), "inside") == [
        "HA keeps 50 % of the cluster's CPU free: 12,000 MHz would be reserved, at most 10,000 MHz may be"
    ]


def test_where_nothing_leaves_its_cluster_percentages_do_not_count() -> None:
    inventory = percentage(9, 50)
    assert hosts_for(WITHIN, inventory) == {"outside", "inside", "inside2"}
    assert reasons_against(WITHIN, inventory, "inside") == []


def test_memory_counts_as_well() -> None:
    inventory = two_clusters(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, memory_percent=96)
    assert reasons_against(RULE, inventory, "inside2") == [
        "HA keeps 96 % of the cluster's memory free: 1,000 MiB would be reserved, at most 800 MiB may be"
    ]


def test_a_vm_that_moves_within_its_cluster_changes_nothing_of_it() -> None:
    inventory = percentage(3, 90)
    assert hosts_for(RULE, inventory, "v1") >= {"inside", "inside2"}
    assert reasons_against(RULE, inventory, "inside2", "v1") == []
    assert broken(RULE, inventory) == []


def test_a_vm_that_is_off_reserves_nothing() -> None:
    inventory = percentage(3, 90)
    off = make_vm("a", "outside", cpu_reservation_mhz=3000, power_state=PowerState.POWERED_OFF)
    others = [vm for vm in inventory.virtual_machines if vm.name != "a"]
    inventory = make_inventory(inventory.hosts, [off, *others], clusters=inventory.clusters)
    assert hosts_for(RULE, inventory) == {"outside", "inside", "inside2"}
    assert reasons_against(RULE, inventory, "inside") == []


def test_what_is_on_its_way_into_the_cluster_counts() -> None:
    before = percentage(2, 50)
    other = make_vm("b", "outside", cpu_reservation_mhz=3000)
    inventory = make_inventory(before.hosts, [*before.virtual_machines, other], clusters=before.clusters)
    assert reasons_against(RULE, inventory, "inside") == []
    coming = inventory.with_in_flight(flight("b", "inside2"))
    assert hosts_for(RULE, coming) == {"outside"}
    assert len(reasons_against(RULE, coming, "inside")) == 1


def test_slots_of_the_largest_reservation_must_remain() -> None:
    # 3 slots of 3 GHz a host, one host may fail: 3 VMs.
    def slots(there: int) -> Inventory:
        return two_clusters(there=there, policy=AdmissionPolicy.SLOTS, host_failures=1)

    assert reasons_against(RULE, slots(2), "inside") == []
    assert reasons_against(RULE, slots(3), "inside") == [
        "HA tolerates the failure of 1 of 2 hosts: 4 VMs would run, 3 slots of 3,000 MHz and 1,000 MiB remain"
    ]
    assert hosts_for(RULE, slots(3)) == {"outside"}


def test_slots_may_have_a_fixed_size() -> None:
    inventory = two_clusters(
        there=3, policy=AdmissionPolicy.SLOTS, host_failures=1, slot_cpu_mhz=1000, slot_memory_mib=100
    )
    assert reasons_against(RULE, inventory, "inside") == []


def test_nothing_is_brought_to_a_dedicated_host() -> None:
    inventory = two_clusters(there=1, policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("inside2"),))
    assert hosts_for(RULE, inventory) == {"outside", "inside"}
    for rule in (RULE, WITHIN):
        assert hosts_for(rule, inventory, "v0") == {"outside", "inside"}
        assert reasons_against(rule, inventory, "inside2", "v0") == ["a dedicated failover host of HA"]
    assert reasons_against(RULE, inventory, "inside", "a") == []
