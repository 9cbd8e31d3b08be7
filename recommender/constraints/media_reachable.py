"""A VM with an image in a connected drive goes only to a host that mounts the image's datastore."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class MediaReachable:
    """No parameters: a host's mounts are always known."""

    name: ClassVar[str] = "media_reachable"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Where its images are."""
        del inventory
        return vm.media_datastores

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where all of the datastores are mounted."""
        del inventory
        mounted = [frozenset(host.datastores) for host in hosts]
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for position, vm in enumerate(vms):
            if vm.media_datastores:
                needed = frozenset(vm.media_datastores)
                matrix[position] = [needed <= datastores for datastores in mounted]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that do not mount the datastores of their images."""
        for vm in vms:
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                missing = [store for store in vm.media_datastores if host and store not in host.datastores]
                if missing:
                    found = [inventory.find_datastore(store) for store in missing]
                    names = ", ".join(one.name if one else str(ref) for one, ref in zip(found, missing, strict=True))
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=ref,
                        reason=f"an image in a connected drive is on {names}, which is not mounted: disconnect it",
                    )
