"""What migrations are carried by in the simulated world, and how much each link truly carries."""

from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.quantities import mib_s_from_mbit_s
from recommender.simulation.chance import chance
from recommender.simulation.vcenter.fair_shares import Link

STREAM_MBIT_S: Final = (
    15_000  # one vMotion stream set; https://knowledge.broadcom.com KB 323379: 18 Gb/s on a 40 GbE NIC
)
SOCKET_BUFFER_MIB: Final = 16.0
UNKNOWN_LINK_MBIT_S: Final = 1_000
DATASTORE_MIB_S: Final = 600.0


def memory_links(source: Host, destination: Host) -> tuple[Link, ...]:
    """The links that the memory of a VM crosses; adapters send and receive at full rate at once."""
    way = (Link("send", str(source.ref)), Link("receive", str(destination.ref)))
    if source.site == destination.site:
        return way
    return (*way, Link("between", "|".join(sorted((source.site, destination.site)))))


def disk_links(source: Host, destination: Host, old: EntityRef, new: EntityRef) -> tuple[Link, ...]:
    """The links of a disk copy; the network is among them only where the source host does not mount ``new``."""
    storage = (Link("read", str(old)), Link("write", str(new)))
    return storage if new in source.datastores else (*storage, *memory_links(source, destination))


class TrueLinks:
    """True capacities: line rates less what protocols and neighbours take, each link by its own seeded share."""

    def __init__(self, inventory: Inventory, seed: int) -> None:
        self._seed = seed
        self._adapters = {str(host.ref): _line_rate_mib_s(host) for host in inventory.hosts}
        self._between = {
            "|".join(sorted((link.site_a, link.site_b))): _site_rate_mib_s(link.rtt_ms, link.bandwidth_mbit_s)
            for link in inventory.site_links
        }
        self._known: dict[Link, float] = {}

    def mib_s(self, link: Link) -> float:
        """What ``link`` carries in all, MiB/s."""
        if link not in self._known:
            self._known[link] = self.line_rate_mib_s(link) * float(
                chance(self._seed, link.kind, link.place).uniform(0.82, 0.94)
            )
        return self._known[link]

    def line_rate_mib_s(self, link: Link) -> float:
        """The same before protocols and neighbours took their share."""
        match link.kind:
            case "send" | "receive":
                return self._adapters[link.place]
            case "between":
                return self._between.get(link.place, mib_s_from_mbit_s(UNKNOWN_LINK_MBIT_S))
            case _:
                return DATASTORE_MIB_S


def _line_rate_mib_s(host: Host) -> float:
    adapters = host.vmotion_adapters or ()
    rates = [min(STREAM_MBIT_S, adapter.link_mbit_s or UNKNOWN_LINK_MBIT_S) for adapter in adapters]
    return mib_s_from_mbit_s(sum(rates) or UNKNOWN_LINK_MBIT_S)


def _site_rate_mib_s(rtt_ms: float, bandwidth_mbit_s: int | None) -> float:
    by_buffer = SOCKET_BUFFER_MIB / (rtt_ms / 1000.0) if rtt_ms > 0 else float("inf")
    return min(by_buffer, mib_s_from_mbit_s(bandwidth_mbit_s if bandwidth_mbit_s is not None else STREAM_MBIT_S))
