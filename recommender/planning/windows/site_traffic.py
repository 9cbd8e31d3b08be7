"""What moves send from site to site, next to what the way between the sites carries in a window."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.migration.storage_copy import disk_copies
from recommender.placement.result import Move
from recommender.planning.evolving_picture import disk_targets
from recommender.quantities import mib_s_from_mbit_s

SitePair = tuple[str, str]  # in the order of the alphabet
USED_AT_MOST: Final = 0.95  # of what the way carries: starts and ends of a window are never full


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTraffic:
    """``sent_mib`` (median) of some moves between two sites, of ``most_mib`` that their way carries in the window.

    ``most_mib`` is ``None`` where nobody said what the way carries.
    """

    sites: SitePair
    sent_mib: float
    most_mib: float | None


def sent_between_sites(inventory: Inventory, move: Move) -> tuple[SitePair, float] | None:
    """The sites and MiB (median), running or not; ``None`` for a move within one site, or that sends nothing."""
    source, destination = inventory.host(move.source), inventory.host(move.destination)
    if source.site == destination.site:
        return None
    copies = disk_copies(inventory.vm(move.vm), source, disk_targets(move) or {})
    on_shared_storage = sum(copy.size_mib for copy in copies if not copy.over_network)
    sent_mib = max(0.0, move.estimate.sent_mib_p50 - on_shared_storage)
    one, other = sorted((source.site, destination.site))
    return ((one, other), sent_mib) if sent_mib else None


def carried_mib(inventory: Inventory, sites: SitePair, window_s: float) -> float | None:
    """What the way between two sites carries in ``window_s``; ``None`` where nobody said."""
    link = inventory.site_link(*sites)
    if link is None or not link.bandwidth_mbit_s:
        return None
    return mib_s_from_mbit_s(link.bandwidth_mbit_s) * window_s


def traffic_of(inventory: Inventory, moves: Iterable[Move], window_s: float) -> tuple[SiteTraffic, ...]:
    """Of all ``moves`` together, by pair of sites."""
    sent: defaultdict[SitePair, float] = defaultdict(float)
    for move in moves:
        if (found := sent_between_sites(inventory, move)) is not None:
            sent[found[0]] += found[1]
    return tuple(
        SiteTraffic(sites=sites, sent_mib=mib, most_mib=carried_mib(inventory, sites, window_s))
        for sites, mib in sorted(sent.items())
    )
