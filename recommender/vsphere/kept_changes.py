"""What has to be changed of a cluster so that it says of a VM what its old cluster said; pure, of what was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.planning.kept_settings import KeptHostRule, KeptRule, KeptSettings, KeptVm
from recommender.vsphere.facts import moid_of

FEWEST: Final = 2  # VMs of a rule between VMs
OTHER: Final = "is another one in this cluster, which is left as it is"
SWITCHED_OFF: Final = "is switched off in this cluster, and left so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """``vms``: addresses of those of the kept VMs that are in the cluster now; ``host`` is that of the VM itself."""

    vms: Mapping[KeptVm, str]
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``change``: by list of ``ClusterConfigSpecEx``, none where it stands. ``obstacle``: why it is not asked for."""

    what: str
    change: tuple[tuple[str, Any], ...] = ()
    obstacle: str | None = None


@dataclass(slots=True)
class _Groups:
    """The cluster's groups by name, and the changes that have been wanted of them so far."""

    found: Mapping[str, Any]
    wanted: dict[str, Wanted] = field(default_factory=dict)


def wanted_of(kept: KeptSettings, present: Present, configuration: Any) -> tuple[Wanted, ...]:
    """Everything that is kept, compared with the cluster's ``ClusterConfigInfoEx``."""
    groups = _Groups({group.name: group for group in configuration.group or ()})
    rules = list(configuration.rule or ())
    vm = present.vms[kept.vm]
    found = [_rule(rule, present, rules) for rule in kept.rules]
    found += [_group(name, vm, present, groups, rules) for name in kept.groups]
    found += [_host_rule(rule, present, groups, rules) for rule in kept.host_rules]
    if kept.drs_behavior is not None:
        found.append(_drs(kept.drs_behavior, vm, configuration.drsVmConfig or ()))
    if kept.ha_restart_priority is not None:
        found.append(_ha(kept.ha_restart_priority, vm, getattr(configuration, "dasVmConfig", None) or ()))
    return tuple(found)


def spec_of(wanted: Iterable[Wanted]) -> vim.cluster.ConfigSpecEx:
    """All changes as one call's argument."""
    spec = vim.cluster.ConfigSpecEx()
    for one in wanted:
        for name, change in one.change if one.obstacle is None else ():
            setattr(spec, name, [*(getattr(spec, name) or ()), change])
    return spec


def _rule(rule: KeptRule, present: Present, rules: Sequence[Any]) -> Wanted:
    what = f"the rule {rule.name!r}"
    members = {present.vms[vm] for vm in rule.vms if vm in present.vms}
    if len(members) < FEWEST:
        many = len(rule.vms)
        return Wanted(what=what, obstacle=f"is to be re-created once another of its {many} VMs is in the cluster")
    kind = vim.cluster.AffinityRuleSpec if rule.is_affine else vim.cluster.AntiAffinityRuleSpec
    same = next((one for one in rules if one.name == rule.name), None)
    if same is None:
        info = kind(name=rule.name, enabled=True, vm=_vms(members))
        return Wanted(what=what, change=(("rulesSpec", vim.cluster.RuleSpec(operation="add", info=info)),))
    if not isinstance(same, kind):
        return Wanted(what=what, obstacle=OTHER)
    if not same.enabled:
        return Wanted(what=what, obstacle=SWITCHED_OFF)
    named = {moid_of(one) for one in same.vm or ()}
    if members <= named:
        return Wanted(what=what)
    info = kind(key=same.key, name=same.name, enabled=same.enabled, vm=_vms(named | members))
    return Wanted(what=what, change=(("rulesSpec", vim.cluster.RuleSpec(operation="edit", info=info)),))


def _group(name: str, vm: str, present: Present, groups: _Groups, rules: Sequence[Any]) -> Wanted:
    what = f"the group {name!r}"
    wanted = Wanted(what=what)
    same = groups.found.get(name)
    if same is None:
        info = vim.cluster.VmGroup(name=name, vm=_vms({vm}))
        wanted = Wanted(what=what, change=(("groupSpec", vim.cluster.GroupSpec(operation="add", info=info)),))
    elif not isinstance(same, vim.cluster.VmGroup):
        wanted = Wanted(what=what, obstacle="is one of hosts in this cluster, which is left as it is")
    elif vm not in {moid_of(one) for one in same.vm or ()}:
        broken = next(
            (rule.name for rule in rules if _names(rule, name) and _is_broken(rule, present.host, groups)), None
        )
        info = vim.cluster.VmGroup(name=name, vm=_vms({vm, *(moid_of(one) for one in same.vm or ())}))
        wanted = Wanted(
            what=what,
            change=(("groupSpec", vim.cluster.GroupSpec(operation="edit", info=info)),),
            obstacle=None
            if broken is None
            else f"is not entered: its rule {broken!r} in this cluster forbids the VM's host",
        )
    groups.wanted[name] = wanted
    return wanted


def _host_rule(rule: KeptHostRule, present: Present, groups: _Groups, rules: Sequence[Any]) -> Wanted:
    what = f"the rule {rule.name!r}"
    if not isinstance(groups.found.get(rule.host_group), vim.cluster.HostGroup):
        return Wanted(what=what, obstacle=f"could not be re-created: the cluster has no host group {rule.host_group!r}")
    hosts = {"affineHostGroupName" if rule.is_affine else "antiAffineHostGroupName": rule.host_group}
    info = vim.cluster.VmHostRuleInfo(
        name=rule.name, enabled=True, mandatory=rule.is_mandatory, vmGroupName=rule.vm_group, **hosts
    )
    same = next((one for one in rules if one.name == rule.name), None)
    if same is not None:
        is_it = isinstance(same, vim.cluster.VmHostRuleInfo) and (
            (same.vmGroupName, same.affineHostGroupName or None, same.antiAffineHostGroupName or None)
            == (info.vmGroupName, info.affineHostGroupName or None, info.antiAffineHostGroupName or None)
        )
        if is_it and not same.enabled:
            return Wanted(what=what, obstacle=SWITCHED_OFF)
        return Wanted(what=what, obstacle=None if is_it else OTHER)
    of_its_vms = groups.wanted.get(rule.vm_group)
    if of_its_vms is not None and of_its_vms.obstacle is not None:
        return Wanted(what=what, obstacle=f"could not be re-created: {of_its_vms.what} {of_its_vms.obstacle}")
    if _is_broken(info, present.host, groups):
        return Wanted(what=what, obstacle="is not re-created: it forbids the host on which the VM is")
    return Wanted(what=what, change=(("rulesSpec", vim.cluster.RuleSpec(operation="add", info=info)),))


def _is_broken(rule: Any, host: str, groups: _Groups) -> bool:
    """Whether a must-rule that is switched on forbids this host."""
    if not (rule.enabled and rule.mandatory):
        return False

    def hosts(name: str | None) -> set[str]:
        return {moid_of(one) for one in getattr(groups.found.get(name or ""), "host", None) or ()}

    affine, apart = rule.affineHostGroupName, rule.antiAffineHostGroupName
    return bool(affine and host not in hosts(affine)) or bool(apart and host in hosts(apart))


def _names(rule: Any, group: str) -> bool:
    return isinstance(rule, vim.cluster.VmHostRuleInfo) and rule.vmGroupName == group


def _drs(behavior: VmDrsBehavior, vm: str, overrides: Iterable[Any]) -> Wanted:
    what = f"its DRS override ({behavior.value})"
    info = vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine(vm), enabled=behavior is not VmDrsBehavior.DISABLED)
    if behavior is not VmDrsBehavior.DISABLED:
        info.behavior = vim.cluster.DrsConfigInfo.DrsBehavior(behavior.value)
    same = next((one for one in overrides if moid_of(one.key) == vm), None)
    if same is None:
        return Wanted(what=what, change=(("drsVmConfigSpec", vim.cluster.DrsVmConfigSpec(operation="add", info=info)),))
    is_it = same.enabled is False if behavior is VmDrsBehavior.DISABLED else same.behavior == info.behavior
    return Wanted(what=what, obstacle=None if is_it else OTHER)


def _ha(priority: str, vm: str, overrides: Iterable[Any]) -> Wanted:
    what = f"its HA override (restart priority {priority})"
    same = next((one for one in overrides if moid_of(one.key) == vm), None)
    if same is not None:
        told = getattr(same.dasSettings, "restartPriority", None) or same.restartPriority
        is_it = str(told) == priority
        return Wanted(what=what, obstacle=None if is_it else OTHER)
    settings = vim.cluster.DasVmSettings(restartPriority=priority)
    info = vim.cluster.DasVmConfigInfo(key=vim.VirtualMachine(vm), dasSettings=settings)
    return Wanted(what=what, change=(("dasVmConfigSpec", vim.cluster.DasVmConfigSpec(operation="add", info=info)),))


def _vms(moids: Iterable[str]) -> list[Any]:
    return [vim.VirtualMachine(moid) for moid in sorted(moids)]


def told_of(wanted: Sequence[Wanted], before: Sequence[Wanted], error: str | None) -> Iterator[str]:
    """In words, what came of each; ``before``: the same as it was before the call."""
    for now, then in zip(wanted, before, strict=True):
        if now.obstacle is not None:
            yield f"{now.what} {now.obstacle}"
        elif now.change:
            yield f"{now.what} could not be re-created: {error or 'vCenter says nothing of why'}"
        else:
            yield f"{now.what} {'was re-created' if then.change else 'is'} in the cluster"
