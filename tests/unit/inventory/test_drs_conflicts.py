"""Where vCenter's DRS would steer as well, it is said."""

from typing import Any

from recommender.inventory.cluster import Cluster, DrsAutomation
from recommender.inventory.drs_conflicts import drs_conflicts
from recommender.inventory.finding import Severity
from recommender.inventory.virtual_machine import VmDrsBehavior
from tests.inventories import make_host, make_inventory, make_vm, ref


def conflicts(*behaviors: VmDrsBehavior | None, **cluster: Any) -> list[tuple[Severity, str]]:
    hosts = [make_host("h", cluster=ref("c"))]
    vms = [make_vm(f"v{number}", "h", drs_behavior=behavior) for number, behavior in enumerate(behaviors)]
    clusters = (Cluster(ref=ref("c"), name="blue", datacenter="dc", **cluster),)
    found = list(drs_conflicts(make_inventory(hosts, vms, clusters=clusters)))
    assert all(finding.subject == "blue" for finding in found)
    assert all(bool(finding.remedy) is (finding.severity is not Severity.OK) for finding in found)
    return [(finding.severity, finding.told) for finding in found]


def test_a_fully_automated_cluster_is_told() -> None:
    ((severity, told),) = conflicts(drs_enabled=True, drs_automation=DrsAutomation.FULLY_AUTOMATED)
    assert severity is Severity.WARNING
    assert told.startswith("DRS is fully automated")


def test_manual_partial_and_disabled_drs_are_no_conflict() -> None:
    assert conflicts(drs_enabled=True, drs_automation=DrsAutomation.MANUAL) == []
    assert conflicts(drs_enabled=True, drs_automation=DrsAutomation.PARTIALLY_AUTOMATED) == []
    assert conflicts(drs_enabled=False, drs_automation=DrsAutomation.FULLY_AUTOMATED) == []


def test_rules_that_do_not_bind_are_named() -> None:
    names = tuple(f"rule {number}" for number in range(7))
    assert conflicts(disabled_rules=("pair",)) == [
        (Severity.OK, "rules that are switched off, or contradict an older rule, are not kept: 'pair'")
    ]
    ((_, told),) = conflicts(disabled_rules=names)
    assert told.endswith("'rule 3', 'rule 4' and 2 more")


def test_overrides_that_automate_vms_in_a_manual_cluster_are_counted() -> None:
    automated, disabled = VmDrsBehavior.FULLY_AUTOMATED, VmDrsBehavior.DISABLED
    assert conflicts(automated, automated, disabled, None, drs_enabled=True) == [
        (Severity.WARNING, "2 VMs have overrides that let DRS move them by itself"),
        (Severity.OK, "1 VMs have overrides that switch DRS off: they are not moved here either"),
    ]
    assert conflicts(automated, drs_enabled=False) == []
