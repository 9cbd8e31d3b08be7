"""Signs that storage or the vMotion network is at its end, so that more migrations would only make it worse.

A strain is present and lasting: the newest sample and the 95th percentile of the last ones are both beyond the limit.
A single bad sample, and what is over, brake nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.measured import Measured
from recommender.inventory.reference import EntityRef
from recommender.settings.automation import BrakeSettings

SHORTEST_S: Final = 60  # samples of less time say nothing lasting

HOST_LATENCY: Final = "disk latency of hosts"
DATASTORE_LATENCY: Final = "latency of datastores"
VMOTION_NICS: Final = "vMotion NICs of hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One figure against its limit. ``kind`` and ``place`` in words; ``measured`` is ``None`` where nobody told."""

    kind: str
    place: str
    measured: Measured | None
    limit: float
    unit: str

    @property
    def is_seen(self) -> bool:
        """Whether enough was measured to tell."""
        return self.measured is not None and self.measured.window_s >= SHORTEST_S

    @property
    def strain(self) -> str | None:
        """What is beyond the limit, with numbers; ``None`` for nothing, and for what is not seen."""
        if self.measured is None or not self.is_seen or min(self.measured.newest, self.measured.p95) <= self.limit:
            return None
        told = f"{self.measured.newest:.0f} {self.unit}, p95 {self.measured.p95:.0f}, limit {self.limit:.0f}"
        return f"{self.kind.split(' of ')[0]} of {self.place} ({told})"


def gauges(inventory: Inventory, settings: BrakeSettings, just_migrated: Collection[EntityRef] = ()) -> Iterator[Gauge]:
    """All that has a limit.

    NICs are meant to be busy where a migration is under way, and where one of ours has just ended samples still tell
    of it: these hosts (``just_migrated``) are left out.
    """
    hosts = [host for host in inventory.hosts if host.connection_state is ConnectionState.CONNECTED]
    if limit_ms := settings.host_latency_ms:
        for host in hosts:
            yield Gauge(
                kind=HOST_LATENCY, place=host.name, measured=host.load.disk_latency_ms, limit=limit_ms, unit="ms"
            )
    if limit_ms := settings.datastore_latency_ms:
        for store in inventory.datastores:
            if store.load.latency_ms is not None or not store.load.hosts:  # else nobody read or wrote lately
                yield Gauge(
                    kind=DATASTORE_LATENCY,
                    place=store.name,
                    measured=store.load.latency_ms,
                    limit=limit_ms,
                    unit="ms",
                )
    if percent := settings.vmotion_nic_percent:
        busy = _with_a_migration(inventory).union(just_migrated)
        for host in (one for one in hosts if one.vmotion_adapters != () and one.ref not in busy):
            yield _nics(host, percent)


def unseen(inventory: Inventory, settings: BrakeSettings) -> tuple[str, ...]:
    """What has a limit and could not be looked at, in words with numbers."""
    asked = list(gauges(inventory, settings))
    kinds = dict.fromkeys(gauge.kind for gauge in asked)
    told = []
    for kind in kinds:
        of_kind = [gauge for gauge in asked if gauge.kind == kind]
        missing = [gauge for gauge in of_kind if not gauge.is_seen]
        if missing:
            told.append(f"{kind} ({len(missing)} of {len(of_kind)})")
    return tuple(told)


def _nics(host: Host, percent: float) -> Gauge:
    capacity = _capacity_mbit_s(host)
    ways = [way for way in (host.load.vmotion_sent_mbit_s, host.load.vmotion_received_mbit_s) if way is not None]
    busiest = max(ways, key=lambda way: min(way.newest, way.p95), default=None)
    share = None
    if busiest is not None and capacity is not None:
        share = Measured(
            newest=100 * busiest.newest / capacity, p95=100 * busiest.p95 / capacity, window_s=busiest.window_s
        )
    return Gauge(kind=VMOTION_NICS, place=host.name, measured=share, limit=percent, unit="%")


def _capacity_mbit_s(host: Host) -> int | None:
    """Of all NICs that carry vMotion, each counted once; ``None`` where the speed of one is unknown."""
    speeds: dict[str, int] = {}
    for adapter in host.vmotion_adapters or ():
        if adapter.link_mbit_s is None:
            return None
        for nic in adapter.nics or (adapter.device,):
            speeds[nic] = max(speeds.get(nic, 0), adapter.link_mbit_s)
    return sum(speeds.values()) or None


def _with_a_migration(inventory: Inventory) -> set[EntityRef]:
    found: set[EntityRef] = set()
    for flight in inventory.in_flight:
        vm = inventory.find_vm(flight.vm)
        found |= {flight.destination} | ({vm.host} if vm is not None else set())
    return found
