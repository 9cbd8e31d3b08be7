"""An inventory that tells how far sites are from each other also where nobody configured it, by measuring."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.measured_links import measured_links, sites_without_link
from recommender.ports import InventorySource
from recommender.vsphere.round_trips import round_trips_ms

_log = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=10)
HOSTS_OF_A_SITE: Final = 5  # that are asked; they stand beside each other

RoundTrips = Callable[[Mapping[str, Iterable[str]]], Mapping[str, float]]


class DistanceInventorySource:
    """Another source's inventory with measured links where it has none; what is configured stays as it is.

    Of a site whose hosts do not answer nothing is known, and so nothing runs to or from it. ``measure``: by site, the
    round-trip time in ms to hosts that are given by name.
    """

    def __init__(self, source: InventorySource, measure: RoundTrips = round_trips_ms) -> None:
        self._source, self._measure = source, measure
        self._known: Mapping[str, float] = {}
        self._asked: frozenset[str] = frozenset()
        self._measured_at: datetime | None = None

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        inventory = self._source.read()
        unknown = sites_without_link({host.site for host in inventory.hosts}, inventory.site_links)
        if not unknown:
            return inventory
        if self._is_old(inventory.taken_at) or not unknown <= self._asked:
            self._known = self._measure(_some_hosts(inventory, unknown))
            self._asked, self._measured_at = unknown, inventory.taken_at
            if silent := sorted(unknown - self._known.keys()):
                _log.warning("no host of these sites answers, how far they are is unknown: %s", ", ".join(silent))
        links = measured_links({site: self._known[site] for site in unknown & self._known.keys()}, inventory.site_links)
        return replace(inventory, site_links=(*inventory.site_links, *links))

    def _is_old(self, now: datetime) -> bool:
        return self._measured_at is None or not timedelta(0) <= now - self._measured_at < EVERY


def _some_hosts(inventory: Inventory, sites: frozenset[str]) -> dict[str, list[str]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for host in inventory.hosts:
        is_there = host.connection_state is ConnectionState.CONNECTED and host.is_powered_on
        if host.site in sites and is_there and len(names[host.site]) < HOSTS_OF_A_SITE:
            names[host.site].append(host.name)
    return dict(names)
