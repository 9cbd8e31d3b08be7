"""A running VM migrates only over a round-trip time within the limit (vSphere 6.0 and later: 150 ms).

Hosts of one site are near each other. Where nobody named any, all hosts of a vCenter are taken to be in one site; those
of two vCenters are not: how far these are apart is then unknown.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import UNNAMED, SiteLink
from recommender.inventory.virtual_machine import VirtualMachine

_Place = tuple[str, str]  # site and vCenter


@dataclass(frozen=True, slots=True)
class RoundTripTime:
    """``max_rtt_ms``: the limit. ``unknown_permitted``: sites between which nobody said anything are near enough."""

    max_rtt_ms: float
    unknown_permitted: bool = False

    name: ClassVar[str] = "round_trip_time"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it runs, the site it is in, and its vCenter."""
        return (vm.is_powered_on, inventory.host(vm.host).site, vm.host.vcenter)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where the two sites are near enough; everywhere for VMs that do not run."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        rows: dict[_Place, BoolMatrix] = {}
        for position, vm in enumerate(vms):
            if vm.is_powered_on:
                here = _place(inventory.host(vm.host))
                if here not in rows:
                    near = {there: self._is_near(inventory, here, there) for there in {_place(host) for host in hosts}}
                    rows[here] = np.array([near[_place(host)] for host in hosts], dtype=bool)
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
            link = _link(inventory, _place(source), _place(destination))
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

    def _is_near(self, inventory: Inventory, here: _Place, there: _Place) -> bool:
        link = _link(inventory, here, there)
        return self.unknown_permitted if link is None else link.rtt_ms <= self.max_rtt_ms


def _place(host: Host) -> _Place:
    return (host.site, host.ref.vcenter)


def _link(inventory: Inventory, here: _Place, there: _Place) -> SiteLink | None:
    is_told = any(link.joins(here[0], there[0]) for link in inventory.site_links)
    if here[0] == there[0] == UNNAMED and here[1] != there[1] and not is_told:
        return None
    return inventory.site_link(here[0], there[0])
