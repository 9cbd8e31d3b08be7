"""A VM runs only where its datastores answer soon enough: round-trip time between their sites and its host's.

Sites of datastores are told by the configuration; a datastore without one is near every host that mounts it.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class StorageRoundTripTime:
    """``max_rtt_ms``: longest allowed. ``unknown_permitted``: sites of which nobody said how far they are are near."""

    max_rtt_ms: float
    unknown_permitted: bool = False

    name: ClassVar[str] = "storage_round_trip_time"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The sites of its datastores."""
        return frozenset(_sites(inventory, vm.datastores))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True on hosts near all its datastores."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for row, vm in enumerate(vms):
            sites = _sites(inventory, vm.datastores)
            if sites:
                matrix[row] = [all(self._is_near(inventory, host.site, site) for site in sites) for host in hosts]
        return matrix

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The sites of what is not copied."""
        return frozenset(_sites(inventory, _left_behind(vm, keys)))

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True for hosts near the new datastore and near what is not copied."""
        sites = _sites(inventory, (store.ref, *_left_behind(vm, keys)))
        return all(self._is_near(inventory, host.site, site) for site in sites)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that are too far from their datastores."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                arrives = flight is not None and ref == flight.destination and flight.destination_datastores
                stores = flight.destination_datastores if flight and arrives else vm.datastores
                for site in sorted(_sites(inventory, stores)) if host else ():
                    yield from self._between(inventory, vm, host, site) if host else ()

    def _between(self, inventory: Inventory, vm: VirtualMachine, host: Host, site: str) -> Iterator[Violation]:
        link = inventory.site_link(host.site, site)
        if link is None and not self.unknown_permitted:
            reason = f"unknown: round-trip time between {host.site} and its datastores in {site}"
            yield Violation(constraint=self.name, vms=(vm.ref,), host=host.ref, reason=reason, is_unknown=True)
        elif link is not None and link.rtt_ms > self.max_rtt_ms:
            reason = (
                f"{link.rtt_ms:g} ms between {host.site} and its datastores in {site}, at most {self.max_rtt_ms:g} ms"
            )
            yield Violation(constraint=self.name, vms=(vm.ref,), host=host.ref, reason=reason)

    def _is_near(self, inventory: Inventory, here: str, there: str) -> bool:
        link = inventory.site_link(here, there)
        return self.unknown_permitted if link is None else link.rtt_ms <= self.max_rtt_ms


def _sites(inventory: Inventory, stores: Iterable[EntityRef]) -> set[str]:
    stored = inventory.datastores
    known = inventory.remember(_sites, lambda: {one.ref: one.site for one in stored if one.site is not None})
    return {known[ref] for ref in stores if ref in known} if known else set()


def _left_behind(vm: VirtualMachine, keys: frozenset[int]) -> frozenset[EntityRef]:
    """The datastores that it still touches once these disks are elsewhere."""
    nowhere = EntityRef("", "")
    return frozenset(vm.with_disks_on(dict.fromkeys(keys, nowhere)).datastores) - {nowhere}
