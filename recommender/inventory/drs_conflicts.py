"""Where vCenter's own DRS and this product would both move VMs, and where people have said otherwise for single VMs."""

from collections import Counter
from collections.abc import Iterator

from recommender.inventory.cluster import Cluster, DrsAutomation
from recommender.inventory.finding import Finding, Severity
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VmDrsBehavior

AREA = "drs"
MOST_NAMES = 5


def drs_conflicts(inventory: Inventory) -> Iterator[Finding]:
    """A finding for each cluster where two would steer, for rules that do not bind, and for overrides."""
    overrides: Counter[tuple[object, VmDrsBehavior]] = Counter()
    for vm in inventory.virtual_machines:
        host = inventory.find_host(vm.host)
        if vm.drs_behavior is not None and host is not None:
            overrides[host.cluster, vm.drs_behavior] += 1
    for cluster in inventory.clusters:
        if is_steered_by_drs(cluster):
            yield Finding(
                severity=Severity.WARNING,
                area=AREA,
                subject=cluster.name,
                told="DRS is fully automated: vCenter moves VMs by itself and may undo or cross what is done here",
                remedy="set its automation level to manual or partially automated, or leave this cluster to DRS",
            )
        automated = overrides[cluster.ref, VmDrsBehavior.FULLY_AUTOMATED]
        if cluster.drs_enabled and automated and not is_steered_by_drs(cluster):
            yield Finding(
                severity=Severity.WARNING,
                area=AREA,
                subject=cluster.name,
                told=f"{automated} VMs have overrides that let DRS move them by itself",
                remedy="remove their VM overrides, or exclude these VMs here",
            )
        if cluster.disabled_rules:
            names = ", ".join(repr(name) for name in cluster.disabled_rules[:MOST_NAMES])
            more = len(cluster.disabled_rules) - MOST_NAMES
            yield Finding(
                severity=Severity.OK,
                area=AREA,
                subject=cluster.name,
                told=f"rules that are switched off, or contradict an older rule, are not kept: {names}"
                + (f" and {more} more" if more > 0 else ""),
            )
        left_alone = overrides[cluster.ref, VmDrsBehavior.DISABLED]
        if left_alone:
            yield Finding(
                severity=Severity.OK,
                area=AREA,
                subject=cluster.name,
                told=f"{left_alone} VMs have overrides that switch DRS off: they are not moved here either",
            )


def is_steered_by_drs(cluster: Cluster) -> bool:
    """Whether vCenter moves VMs there by itself."""
    return cluster.drs_enabled and cluster.drs_automation is DrsAutomation.FULLY_AUTOMATED
