"""What a VM's cluster says of it, and what is to be said of it again in the cluster that it comes to.

Rules between VMs, its groups and the rules that name them, and its overrides of DRS and HA. A rule about hosts needs a
host group of the same name there: which hosts are meant by it in another cluster nobody but people can know. Of HA's
override the restart priority alone is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior
from recommender.placement.result import Move


@dataclass(frozen=True, slots=True, order=True)
class KeptVm:
    """A VM as it is found again: by its address within its vCenter, by its instance UUID in another one."""

    ref: EntityRef
    instance_uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule that VMs are to have again in another cluster: all of ``vms`` together, or no two of them."""

    name: str
    vms: tuple[KeptVm, ...]
    is_affine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHostRule:
    """*Must / Should (not) run on hosts in group*, told by the names of its groups."""

    name: str
    vm_group: str
    host_group: str
    is_affine: bool
    is_mandatory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSettings:
    """All that ``vm`` is to have again. ``groups``: names of groups of VMs that it belongs to."""

    vm: KeptVm
    rules: tuple[KeptRule, ...] = ()
    groups: tuple[str, ...] = ()
    host_rules: tuple[KeptHostRule, ...] = ()
    drs_behavior: VmDrsBehavior | None = None
    ha_restart_priority: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be made anew."""
        return self == KeptSettings(vm=self.vm)


def settings_to_keep(inventory: Inventory, move: Move) -> KeptSettings | None:
    """Those of the VM as the inventory tells them, which has to be from before the first VM of its rules has left.

    ``None`` where it stays in its cluster, comes into none, or has none of its own.
    """
    vm, source = inventory.find_vm(move.vm), inventory.find_host(move.source)
    destination = inventory.find_host(move.destination)
    if vm is None or source is None or destination is None or destination.cluster is None:
        return None
    if source.cluster == destination.cluster:
        return None
    cluster = inventory.find_cluster(source.cluster)
    together, apart = inventory.affinity_rules_of(vm.ref), inventory.anti_affinity_rules_of(vm.ref)
    kept = KeptSettings(
        vm=_kept(vm),
        rules=(
            *(KeptRule(name=rule.name, vms=_members(inventory, rule.vms), is_affine=True) for rule in together),
            *(KeptRule(name=rule.name, vms=_members(inventory, rule.vms), is_affine=False) for rule in apart),
        ),
        groups=tuple(group.name for group in (cluster.vm_groups if cluster else ()) if vm.ref in group.vms),
        host_rules=tuple(
            KeptHostRule(
                name=rule.name,
                vm_group=rule.vm_group,
                host_group=rule.host_group,
                is_affine=rule.is_affine,
                is_mandatory=rule.is_mandatory,
            )
            for rule in inventory.vm_host_rules_of(vm.ref)
            if rule.vm_group is not None and rule.host_group is not None
        ),
        drs_behavior=vm.drs_behavior,
        ha_restart_priority=vm.ha_restart_priority,
    )
    return None if kept.is_empty else kept


def with_earlier_members(kept: KeptSettings, earlier: Iterable[KeptSettings]) -> KeptSettings:
    """With the VMs of its rules that have left before, in other plans: vCenter has taken them out of these rules.

    ``earlier``: what was kept of other VMs.
    """
    others = tuple(earlier)
    return replace(kept, rules=tuple(_completed(rule, kept.vm, others) for rule in kept.rules))


def _completed(rule: KeptRule, vm: KeptVm, earlier: Iterable[KeptSettings]) -> KeptRule:
    """With those that left under the same rule, and no others: people may have changed it since."""
    left = [
        other.vm
        for other in earlier
        if any((one.name, one.is_affine) == (rule.name, rule.is_affine) and _names(one, vm) for one in other.rules)
    ]
    found = {one.instance_uuid: one for one in (*left, *rule.vms)}
    return replace(rule, vms=tuple(sorted(found.values())))


def _names(rule: KeptRule, vm: KeptVm) -> bool:
    return any(one.instance_uuid == vm.instance_uuid for one in rule.vms)


def _members(inventory: Inventory, refs: tuple[EntityRef, ...]) -> tuple[KeptVm, ...]:
    return tuple(_kept(vm) for vm in map(inventory.find_vm, sorted(refs)) if vm is not None)


def _kept(vm: VirtualMachine) -> KeptVm:
    return KeptVm(vm.ref, vm.instance_uuid)
