"""A datastore cluster: whether Storage DRS acts there, and which disks it is told to keep together or apart."""

from typing import Any

from pyVmomi import vim

from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.vsphere.facts import Facts
from recommender.vsphere.places import Places

AUTOMATED = "automated"
_APART = vim.cluster.AntiAffinityRuleSpec


def translate_datastore_cluster(facts: Facts, places: Places) -> DatastoreCluster:
    """One storage pod."""
    settings = getattr(facts.get("podStorageDrsEntry"), "storageDrsConfig", None)
    pod = getattr(settings, "podConfig", None)
    of_vms = [chosen for chosen in getattr(settings, "vmConfig", None) or () if chosen.vm is not None]
    space = getattr(pod, "spaceLoadBalanceConfig", None)
    apart = [one for one in getattr(pod, "rule", None) or () if one.enabled and isinstance(one, _APART)]
    return DatastoreCluster(
        ref=facts.ref,
        name=facts.name,
        datacenter=places.datacenter_of(facts),
        storage_drs_enabled=bool(pod and pod.enabled),
        is_automated=bool(pod and pod.defaultVmBehavior == AUTOMATED),
        space_threshold_percent=getattr(space, "spaceUtilizationThreshold", None),
        # Unset means true (vSphere API, StorageDrsPodConfigInfo.defaultIntraVmAffinity).
        keeps_disks_together=pod is None or pod.defaultIntraVmAffinity is not False,
        vms_together=facts.refs_of(chosen.vm for chosen in of_vms if chosen.intraVmAffinity is True),
        vms_not_together=facts.refs_of(chosen.vm for chosen in of_vms if chosen.intraVmAffinity is False),
        vms_left_alone=facts.refs_of(chosen.vm for chosen in of_vms if chosen.enabled is False),
        vm_anti_affinity=tuple(facts.refs_of(rule.vm) for rule in apart),
        vm_anti_affinity_names=tuple(rule.name or "" for rule in apart),
        disk_anti_affinity=tuple(
            DiskAntiAffinity(vm=facts.refs_of([chosen.vm])[0], disks=tuple(sorted(rule.diskId)), name=rule.name)
            for chosen in of_vms
            if (rule := _disk_rule(chosen)) is not None
        ),
    )


def _disk_rule(chosen: Any) -> Any:
    rule = chosen.intraVmAntiAffinity
    return rule if rule is not None and rule.enabled else None
