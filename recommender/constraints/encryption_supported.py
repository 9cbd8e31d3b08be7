"""An encrypted VM, or one with a vTPM, goes only where its keys can be held, and are to be had from its key provider.

Source: VMware's documentation of vSphere Virtual Machine Encryption (migration of encrypted VMs across vCenter Server
systems: the same key provider under the same name in both).
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class EncryptionSupported:
    """``unknown_permitted``: a host of which the crypto state is unknown is taken to hold keys, and to get them.

    Within one vCenter every host asks the same key providers.
    """

    unknown_permitted: bool = False

    name: ClassVar[str] = "encryption_supported"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whose keys it has, and in which vCenter."""
        del inventory
        return None if vm.key_provider is None else (vm.key_provider, vm.ref.vcenter)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """Everywhere for a VM without keys, else where they can be held."""
        del inventory
        plain = np.array([vm.key_provider is None for vm in vms], dtype=bool)
        holds = np.array(
            [self.unknown_permitted if host.crypto_state is None else host.crypto_state.takes_keys for host in hosts],
            dtype=bool,
        )
        gets = np.array([[self._gets_keys(vm, host) for host in hosts] for vm in vms], dtype=bool)
        matrix: BoolMatrix = plain[:, np.newaxis] | (holds[np.newaxis, :] & gets.reshape(len(vms), len(hosts)))
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs with keys on, or on their way to, hosts that cannot hold them."""
        for vm in vms:
            if vm.key_provider is None:
                continue
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                if host is not None and vm.ref.vcenter != ref.vcenter:
                    yield from self._abroad(vm, host)
                if host is None or (host.crypto_state is not None and host.crypto_state.takes_keys):
                    continue
                if host.crypto_state is None and (self.unknown_permitted or ref == vm.host):
                    continue
                unknown = host.crypto_state is None
                state = "" if host.crypto_state is None else host.crypto_state.value
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=ref,
                    reason="unknown: whether the host can hold the keys of an encrypted VM"
                    if unknown
                    else f"the VM is encrypted, the host's crypto state is {state}",
                    is_unknown=unknown,
                )

    def _abroad(self, vm: VirtualMachine, host: Host) -> Iterator[Violation]:
        """What speaks against another vCenter, beside the host's state."""
        known = host.key_providers
        if (known is None and self.unknown_permitted) or (known is not None and vm.key_provider in known):
            return
        there = f"vCenter {host.ref.vcenter}"
        yield Violation(
            constraint=self.name,
            vms=(vm.ref,),
            host=host.ref,
            reason=f"unknown: the key providers of {there}, where the VM's {vm.key_provider} is needed"
            if known is None
            else f"the VM's key provider {vm.key_provider} is none of the {len(known)} of {there}",
            is_unknown=known is None,
        )

    def _gets_keys(self, vm: VirtualMachine, host: Host) -> bool:
        if vm.ref.vcenter == host.ref.vcenter:
            return True
        return self.unknown_permitted if host.key_providers is None else vm.key_provider in host.key_providers
