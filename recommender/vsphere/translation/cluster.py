"""A cluster: DRS, HA and EVC settings, resource pools, and the rules with their groups resolved."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmGroup, VmHostRule
from recommender.inventory.cluster import Cluster, DrsAutomation, ResourcePool
from recommender.inventory.overruled_rules import overruled_rules
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.places import Places
from recommender.vsphere.translation.allocation import allocation_of

THRESHOLDS: Final = 6  # vmotionRate 5 is threshold 1, and so on


@dataclass(slots=True)
class Rules:
    """The rules of all clusters that are switched on."""

    vm_affinity: list[VmAffinityRule] = field(default_factory=list)
    vm_anti_affinity: list[VmAntiAffinityRule] = field(default_factory=list)
    vm_host: list[VmHostRule] = field(default_factory=list)


def translate_cluster(facts: Facts, places: Places) -> Cluster:
    """One cluster."""
    configuration = facts.need("configurationEx")
    drs, ha = configuration.drsConfig, configuration.dasConfig
    return Cluster(
        ref=facts.ref,
        name=facts.name,
        datacenter=places.datacenter_of(facts),
        root_resource_pool=facts.ref_at("resourcePool"),
        drs_enabled=bool(drs and drs.enabled),
        drs_automation=_automation(drs),
        drs_migration_threshold=THRESHOLDS - drs.vmotionRate if drs and drs.vmotionRate else None,
        ha_enabled=bool(ha and ha.enabled),
        admission_control=admission_control(facts, ha),
        evc_mode=getattr(facts.get("summary"), "currentEVCModeKey", None) or None,
        vsan_enabled=bool(getattr(getattr(configuration, "vsanConfigInfo", None), "enabled", False)),
        disabled_rules=tuple(sorted(rule.name or "" for rule in configuration.rule or () if not rule.enabled)),
        vm_groups=tuple(
            VmGroup(name=group.name or "", vms=_members(facts, group))
            for group in configuration.group or ()
            if isinstance(group, vim.cluster.VmGroup)
        ),
    )


def admission_control(facts: Facts, ha: Any) -> AdmissionControl | None:
    """What HA keeps free, where it does."""
    if not (ha and ha.enabled and ha.admissionControlEnabled):
        return None
    policy = ha.admissionControlPolicy
    if isinstance(policy, vim.cluster.FailoverResourcesAdmissionControlPolicy):
        return AdmissionControl(
            policy=AdmissionPolicy.RESOURCE_PERCENTAGE,
            cpu_percent=int(policy.cpuFailoverResourcesPercent or 0),
            memory_percent=int(policy.memoryFailoverResourcesPercent or 0),
        )
    if isinstance(policy, vim.cluster.FailoverLevelAdmissionControlPolicy):
        fixed = policy.slotPolicy
        return AdmissionControl(
            policy=AdmissionPolicy.SLOTS,
            host_failures=int(policy.failoverLevel or 0),
            slot_cpu_mhz=getattr(fixed, "cpu", None),
            slot_memory_mib=getattr(fixed, "memory", None),
        )
    if isinstance(policy, vim.cluster.FailoverHostAdmissionControlPolicy):
        hosts = facts.refs_of(policy.failoverHosts or ())
        return AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=hosts)
    return None


def vm_drs_behaviors(facts: Facts) -> dict[EntityRef, VmDrsBehavior]:
    """By VM, what somebody chose for it otherwise than for the cluster."""
    chosen = {}
    for override in facts.need("configurationEx").drsVmConfig or ():
        behavior = VmDrsBehavior.DISABLED if override.enabled is False else _behavior(override.behavior)
        if behavior is not None:
            chosen[EntityRef(facts.vcenter, moid_of(override.key))] = behavior
    return chosen


def ha_restart_priorities(facts: Facts) -> dict[EntityRef, str]:
    """By VM, the restart priority that somebody chose for it otherwise than for the cluster."""
    chosen = {}
    for override in getattr(facts.need("configurationEx"), "dasVmConfig", None) or ():
        priority = getattr(override.dasSettings, "restartPriority", None) or override.restartPriority
        if priority:
            chosen[EntityRef(facts.vcenter, moid_of(override.key))] = str(priority)
    return chosen


def translate_resource_pool(
    facts: Facts, pools: frozenset[EntityRef], vapps: frozenset[EntityRef] = frozenset()
) -> ResourcePool:
    """One resource pool; the parent of a root pool is a cluster, which is not one of ``pools``."""
    parent = facts.ref_at("parent")
    owner = facts.ref_at("owner")
    if owner is None:
        raise facts.incomplete("owner")
    return ResourcePool(
        ref=facts.ref,
        name=facts.name,
        owner=owner,
        parent=parent if parent in pools else None,
        cpu=allocation_of(facts, "config.cpuAllocation"),
        memory=allocation_of(facts, "config.memoryAllocation"),
        is_vapp=facts.ref in vapps,
    )


def add_rules(
    rules: Rules, facts: Facts, vms: AbstractSet[EntityRef], hosts: AbstractSet[EntityRef]
) -> tuple[str, ...]:
    """Add the rules of a cluster that are switched on, whether or not DRS is; members that are gone are left out.

    So are rules that contradict older ones: their names are returned.
    """
    configuration = facts.need("configurationEx")
    groups = {group.name: _members(facts, group) for group in configuration.group or ()}
    found: list[VmAffinityRule | VmAntiAffinityRule | VmHostRule] = []
    for rule in configuration.rule or ():
        if not rule.enabled:
            continue
        name = rule.name or ""
        if isinstance(rule, vim.cluster.AffinityRuleSpec):
            found.append(VmAffinityRule(name=name, vms=_known(facts.refs_of(rule.vm), vms), key=rule.key))
        elif isinstance(rule, vim.cluster.AntiAffinityRuleSpec):
            found.append(VmAntiAffinityRule(name=name, vms=_known(facts.refs_of(rule.vm), vms), key=rule.key))
        elif isinstance(rule, vim.cluster.VmHostRuleInfo):
            found.extend(_vm_host_rules(rule, groups, vms, hosts))
    overruled = overruled_rules(found)
    for one in found:
        if one.key in overruled:
            continue
        if isinstance(one, VmAffinityRule):
            rules.vm_affinity.append(one)
        elif isinstance(one, VmAntiAffinityRule):
            rules.vm_anti_affinity.append(one)
        else:
            rules.vm_host.append(one)
    return tuple(one.name for one in found if one.key in overruled)


def _vm_host_rules(
    rule: vim.cluster.VmHostRuleInfo,
    groups: dict[str, tuple[EntityRef, ...]],
    vms: AbstractSet[EntityRef],
    hosts: AbstractSet[EntityRef],
) -> Iterator[VmHostRule]:
    members = _known(groups.get(rule.vmGroupName or "", ()), vms)
    for group, is_affine in ((rule.affineHostGroupName, True), (rule.antiAffineHostGroupName, False)):
        if group:
            yield VmHostRule(
                name=rule.name or "",
                vms=members,
                hosts=_known(groups.get(group, ()), hosts),
                is_affine=is_affine,
                is_mandatory=bool(rule.mandatory),
                key=rule.key,
                vm_group=rule.vmGroupName,
                host_group=group,
            )


def _members(facts: Facts, group: Any) -> tuple[EntityRef, ...]:
    objects: Iterable[Any] = getattr(group, "vm", None) or getattr(group, "host", None) or ()
    return facts.refs_of(objects)


def _known(refs: Iterable[EntityRef], known: AbstractSet[EntityRef]) -> tuple[EntityRef, ...]:
    return tuple(ref for ref in refs if ref in known)


def _behavior(behavior: Any) -> VmDrsBehavior | None:
    return VmDrsBehavior(str(behavior)) if behavior else None


def _automation(drs: Any) -> DrsAutomation:
    if drs and drs.defaultVmBehavior:
        return DrsAutomation(str(drs.defaultVmBehavior))
    # vSphere's own default, where nobody chose.
    return DrsAutomation.FULLY_AUTOMATED if drs and drs.enabled else DrsAutomation.MANUAL
