"""A VM goes only to a host whose ESXi release runs its virtual hardware version.

vCenter always tells a VM's version; a VM without one comes from an inventory that was saved before it was read, and is
held against nothing.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.hardware_version import FIRST_RELEASE, runs_hardware_version
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class HardwareVersion:
    """``unknown_permitted``: a host of which the release tells nothing is taken to run the VM."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "hardware_version"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Its hardware version."""
        del inventory
        return vm.hardware_version

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where the release runs the version."""
        del inventory
        rows: dict[int | None, BoolMatrix] = {None: np.ones(len(hosts), dtype=bool)}
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for position, vm in enumerate(vms):
            version = vm.hardware_version
            if version is not None and version not in rows:
                verdicts = [runs_hardware_version(host.esxi_version, version) for host in hosts]
                rows[version] = np.array(
                    [self.unknown_permitted if runs is None else runs for runs in verdicts], dtype=bool
                )
            matrix[position] = rows[version]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that do not run them."""
        for vm in vms:
            if vm.hardware_version is None:
                continue
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                runs = runs_hardware_version(host.esxi_version, vm.hardware_version) if host else True
                if host is None or runs:
                    continue
                unknown = runs is None
                if unknown and (self.unknown_permitted or ref == vm.host):
                    continue
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=ref,
                    reason=_reason(vm.hardware_version, host.esxi_version, is_unknown=unknown),
                    is_unknown=unknown,
                )


def _reason(hardware_version: int, esxi_version: str | None, *, is_unknown: bool) -> str:
    if is_unknown:
        return f"unknown: whether ESXi {esxi_version or '(release not told)'} runs hardware version {hardware_version}"
    needed = FIRST_RELEASE.get(hardware_version)
    least = ".".join(map(str, needed)) if needed else "a newer one"
    return f"the VM has hardware version {hardware_version}, which needs ESXi {least}; the host has {esxi_version}"
