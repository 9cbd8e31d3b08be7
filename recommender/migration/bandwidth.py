"""How fast memory goes from one host to another: both ends' vMotion adapters, and what lies between them.

A stream carries about 15 Gbit/s, one for each vMotion adapter: VMware knowledge base article 323379 (18, 28 and
36 Gbit/s over one 40 GbE NIC with 1, 2 and 3 adapters).
"""

from functools import lru_cache
from math import inf
from typing import Final, NamedTuple

from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.migration.tcp import loss_mib_s
from recommender.quantities import mib_s_from_mbit_s

STREAM_MBIT_S: Final = 15_000.0
# vSphere's networking requirement for vMotion: at least one network of 1 Gbit/s ("vSphere vMotion Networking
# Requirements"). The guess for a link of unknown speed is therefore never too fast.
LEAST_LINK_MBIT_S: Final = 1_000
# The socket buffer starts at 0.5 MB and grows with the round-trip time (since vSphere 6.0). How far is not
# documented; 250 Mbit/s at the longest supported 150 ms need 4.7 MB of it, and this leaves room above that.
LARGEST_BUFFER_MIB: Final = 16.0
# Keeps a mistaken 0 from making a prediction endless; vSphere itself asks for 250 Mbit/s for each migration.
LEAST_MIGRATION_MBIT_S: Final = 1.0


class VMotionEnd(NamedTuple):
    """What one host can send or receive: rate in MiB/s, streams, and whether a link's speed had to be assumed."""

    mib_s: float
    streams: int
    is_assumed: bool


class Route(NamedTuple):
    """The way of the memory: usable MiB/s, round-trip time in ms, and whether either of them had to be assumed."""

    mib_s: float
    rtt_ms: float
    limit: str
    speed_is_assumed: bool
    rtt_is_assumed: bool
    rtt_is_measured: bool


def route_between(
    inventory: Inventory, source: Host, destination: Host, usable_line_rate: float, *, cipher_mib_s: float = inf
) -> Route:
    """The way from host to host; ``usable_line_rate`` is the share of a link's rate that payload gets (0 … 1].

    ``cipher_mib_s``: what encrypting it carries at most, for each stream.
    """
    return route(
        vmotion_end(source.vmotion_adapters, usable_line_rate),
        vmotion_end(destination.vmotion_adapters, usable_line_rate),
        inventory.site_link(source.site, destination.site),
        cipher_mib_s=cipher_mib_s,
    )


@lru_cache(maxsize=1024)
def vmotion_end(adapters: tuple[VMotionAdapter, ...] | None, usable_line_rate: float) -> VMotionEnd:
    """One end; without an adapter that is known, one link of the least speed is assumed."""
    speeds = [adapter.link_mbit_s for adapter in adapters or ()] or [None]
    rates = [min((speed or LEAST_LINK_MBIT_S) * usable_line_rate, STREAM_MBIT_S) for speed in speeds]
    return VMotionEnd(
        mib_s=mib_s_from_mbit_s(sum(rates)), streams=len(rates), is_assumed=not all(speed for speed in speeds)
    )


def route(source: VMotionEnd, destination: VMotionEnd, link: SiteLink | None, *, cipher_mib_s: float = inf) -> Route:
    """The narrowest place decides; ``link`` is ``None`` where nobody told what lies between the sites."""
    end = min(source, destination, key=lambda one: one.mib_s)
    places = [("vMotion adapters", end.mib_s)]
    if link is not None and link.bandwidth_mbit_s is not None:
        places.append(("link between the sites", mib_s_from_mbit_s(link.bandwidth_mbit_s)))
    if link is not None and link.rtt_ms > 0:
        streams = min(source.streams, destination.streams)
        places.append(("socket buffer / round-trip time", streams * LARGEST_BUFFER_MIB / (link.rtt_ms / 1000)))
        places.append((f"{link.loss:.2%} of packets lost", streams * loss_mib_s(link.loss, rtt_ms=link.rtt_ms)))
    places.append(("encryption", min(source.streams, destination.streams) * cipher_mib_s))
    limit, mib_s = min(places, key=lambda place: place[1])
    return Route(
        mib_s=max(mib_s, mib_s_from_mbit_s(LEAST_MIGRATION_MBIT_S)),
        rtt_ms=link.rtt_ms if link is not None else 0.0,
        limit=limit,
        speed_is_assumed=end.is_assumed and limit == places[0][0],
        rtt_is_assumed=link is None,
        rtt_is_measured=link is not None and link.is_measured,
    )
