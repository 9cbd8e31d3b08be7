"""How far the service may go by itself with each VM: the policy's level, unless an override or DRS says otherwise."""

from fnmatch import fnmatchcase
from typing import Final

from recommender.inventory.cluster import Cluster
from recommender.inventory.drs_conflicts import is_steered_by_drs
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior
from recommender.policy import AutomationLevel
from recommender.settings.automation import AutomationSettings, OverrideSettings

_MANUAL_BY_DRS: Final = (VmDrsBehavior.DISABLED, VmDrsBehavior.MANUAL)


def level_of(
    vm: EntityRef, inventory: Inventory, settings: AutomationSettings, policy_level: AutomationLevel
) -> tuple[AutomationLevel, str]:
    """The level for this VM, and whose it is, in words."""
    machine = inventory.vm(vm)
    host = inventory.find_host(machine.host)
    cluster = inventory.find_cluster(host.cluster) if host else None
    for override in settings.override:
        if _matches(override, machine, cluster):
            return override.level, "an override"
    if settings.leave_drs_clusters and cluster is not None and is_steered_by_drs(cluster):
        return AutomationLevel.MANUAL, f"DRS steers cluster {cluster.name}"
    if machine.drs_behavior in _MANUAL_BY_DRS:
        return AutomationLevel.MANUAL, "the VM's own DRS override"
    return policy_level, "the policy"


def _matches(override: OverrideSettings, vm: VirtualMachine, cluster: Cluster | None) -> bool:
    cluster_names = () if cluster is None else (cluster.name,)
    asked = ((override.clusters, cluster_names), (override.vms, (vm.name,)), (override.tags, vm.tags))
    return all(
        any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
        for patterns, names in asked
        if patterns
    )
