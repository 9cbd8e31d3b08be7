"""A running VM migrates only over a round-trip time within the limit (vSphere 6.0 and later: 150 ms)."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class RoundTripTime:
    """``max_rtt_ms``: the limit. ``unknown_permitted``: sites between which nobody said anything are near enough."""

    max_rtt_ms: float
    unknown_permitted: bool = False

    name: ClassVar[str] = "round_trip_time"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it runs, and the site it is in."""
        return (vm.is_powered_on, inventory.host(vm.host).site)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where the two sites are near enough; everywhere for VMs that do not run."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        rows: dict[str, BoolMatrix] = {}
        for position, vm in enumerate(vms):
            if vm.is_powered_on:
                here = inventory.host(vm.host).site
                if here not in rows:
                    near = {there: self._is_near(inventory, here, there) for there in {host.site for host in hosts}}
                    rows[here] = np.array([near[host.site] for host in hosts], dtype=bool)
                matrix[position] = rows[here]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Running VMs in flight over too long a way."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None or not vm.is_powered_on or flight.destination == vm.host:
                continue
            source, destination = inventory.host(vm.host), inventory.find_host(flight.destination)
            if destination is None:
                continue
            link = inventory.site_link(source.site, destination.site)
            way = f"between site {source.site} and site {destination.site}"
            if link is None and not self.unknown_permitted:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=destination.ref,
                    reason=f"unknown: round-trip time {way}",
                    is_unknown=True,
                )
            elif link is not None and link.rtt_ms > self.max_rtt_ms:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=destination.ref,
                    reason=f"{'about ' if link.is_measured else ''}{link.rtt_ms:g} ms {way}"
                    f"{' (measured)' if link.is_measured else ''}, at most {self.max_rtt_ms:g} ms",
                )

    def _is_near(self, inventory: Inventory, here: str, there: str) -> bool:
        link = inventory.site_link(here, there)
        return self.unknown_permitted if link is None else link.rtt_ms <= self.max_rtt_ms
