"""A running or suspended VM goes only where the CPU offers every feature that the guest has seen.

Requirements are vSphere's own (``runtime.featureRequirement`` against ``config.featureCapability``). Where the API
gave none, the VM's minimum EVC mode is held against the host's highest, within one vendor. A powered-off VM has seen
nothing.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.cpu_features import FeatureRequirement
from recommender.inventory.evc_mode import is_evc_mode_at_least
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState, VirtualMachine


@dataclass(frozen=True, slots=True)
class CpuCompatibility:
    """``unknown_permitted``: a host or VM of which the features are unknown is taken to fit."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "cpu_compatibility"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """What the guest has seen."""
        if vm.power_state is PowerState.POWERED_OFF:
            return None
        return (inventory.remember(_Numbers, _Numbers).of(vm.feature_requirements), vm.min_required_evc_mode)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where every requirement is met."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        # What the hosts of one build offer is one value: it is looked at once.
        offers = [(id(host.feature_capabilities), _evc_mode(inventory, host)) for host in hosts]
        first = {offer[0]: host for offer, host in zip(offers, hosts, strict=True)}
        tables = {offered: _capabilities(host) for offered, host in first.items()}
        rows: dict[Hashable, BoolMatrix] = {}
        for position, vm in enumerate(vms):
            if vm.power_state is PowerState.POWERED_OFF:
                continue
            key = self.class_key(inventory, vm)
            if key not in rows:
                verdicts = {(table, mode): _fits(vm, tables[table], mode) for table, mode in set(offers)}
                rows[key] = np.array(
                    [self.unknown_permitted if verdicts[offer] is None else verdicts[offer] for offer in offers],
                    dtype=bool,
                )
            matrix[position] = rows[key]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that lack what they need."""
        # What thousands of VMs need is one value, and so is what the hosts of one build offer.
        known: dict[Hashable, tuple[str, ...]] = {}
        for vm in vms:
            if vm.power_state is PowerState.POWERED_OFF:
                continue
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                if host is None:
                    continue
                offered = (id(host.feature_capabilities), host.max_evc_mode, host.cluster)
                key = (id(vm.feature_requirements), vm.min_required_evc_mode, *offered)
                if key not in known:
                    known[key] = tuple(_shortcomings(inventory, vm, host))
                for reason in known[key]:
                    unknown = reason.startswith("unknown:")
                    if not (unknown and (self.unknown_permitted or ref == vm.host)):
                        yield Violation(
                            constraint=self.name, vms=(vm.ref,), host=ref, reason=reason, is_unknown=unknown
                        )


class _Numbers:
    """A number for each value: thousands of VMs need the same long one, which is mostly one object and hashed once."""

    def __init__(self) -> None:
        self._of_object: dict[int, tuple[object, int]] = {}
        self._of_value: dict[Hashable, int] = {}

    def of(self, value: Hashable) -> int:
        """Equal values have equal numbers."""
        found = self._of_object.get(id(value))
        if found is None:
            number = self._of_value.setdefault(value, len(self._of_value))
            found = self._of_object[id(value)] = (value, number)  # holding it keeps its identity its own
        return found[1]


def requirement_is_met(requirement: str, capability: str) -> bool | None:
    """Whether ``capability`` (``1``) fits ``requirement`` (``Bool:Min:1``); ``None`` for a form not known to us.

    Forms: *type*:*comparison*:*value* with the comparisons Min, Max and Equal on whole numbers.
    """
    parts = requirement.split(":")
    if len(parts) != 3:
        return requirement == capability or None
    _, comparison, needed = parts
    try:
        has, needs = int(capability, 0), int(needed, 0)
    except ValueError:
        return (capability == needed) if comparison == "Equal" else None
    return {"Min": has >= needs, "Max": has <= needs, "Equal": has == needs}.get(comparison)


def _shortcomings(inventory: Inventory, vm: VirtualMachine, host: Host) -> Iterator[str]:
    if vm.feature_requirements is None:
        mode = _evc_mode(inventory, host)
        fits = is_evc_mode_at_least(mode, vm.min_required_evc_mode)
        if fits is None:
            yield "unknown: feature requirements of the VM, and EVC modes do not tell"
        elif not fits:
            yield f"the VM needs EVC mode {vm.min_required_evc_mode}, the host offers {mode}"
        return
    if host.feature_capabilities is None:
        if vm.feature_requirements:
            yield f"unknown: feature capabilities of the host ({len(vm.feature_requirements)} are required)"
        return
    offered = {capability.key: capability.value for capability in host.feature_capabilities}
    for requirement in vm.feature_requirements:
        value = offered.get(requirement.key, "0")
        met = requirement_is_met(requirement.value, value)
        if met is None:
            yield f"unknown: what {requirement.key} = {requirement.value!r} means (the host offers {value!r})"
        elif not met:
            yield f"{requirement.key}: the VM needs {requirement.value}, the host offers {value}"


def _fits(vm: VirtualMachine, table: dict[str, str] | None, mode: str | None) -> bool | None:
    if vm.feature_requirements is None:
        return is_evc_mode_at_least(mode, vm.min_required_evc_mode)
    if table is None:
        return None if vm.feature_requirements else True
    return _all_met(vm.feature_requirements, table)


def _all_met(requirements: tuple[FeatureRequirement, ...], table: dict[str, str]) -> bool | None:
    verdicts = {requirement_is_met(needed.value, table.get(needed.key, "0")) for needed in requirements}
    return False if False in verdicts else (None if None in verdicts else True)


def _capabilities(host: Host) -> dict[str, str] | None:
    if host.feature_capabilities is None:
        return None
    return {capability.key: capability.value for capability in host.feature_capabilities}


def _evc_mode(inventory: Inventory, host: Host) -> str | None:
    cluster = inventory.find_cluster(host.cluster)
    return (cluster.evc_mode if cluster else None) or host.max_evc_mode
