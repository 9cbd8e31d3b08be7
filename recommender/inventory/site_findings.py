"""Which ways between sites nobody knows: over them no running VM moves."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from recommender.inventory.finding import Finding, Severity
from recommender.inventory.inventory import Inventory

AREA: Final = "sites"


def site_findings(inventory: Inventory) -> Iterator[Finding]:
    """A finding for each pair of sites that is unknown or was measured."""
    for one, other in combinations(sorted({host.site for host in inventory.hosts}), 2):
        link = inventory.site_link(one, other)
        if link is None:
            yield Finding(
                severity=Severity.WARNING,
                area=AREA,
                subject=f"{one}, {other}",
                told="how far these sites are from each other is unknown: no running VM moves between them",
                remedy="say it in a [[site_link]], or set measure_round_trips and let TCP 443 through to their hosts",
            )
        elif link.is_measured:
            yield Finding(
                severity=Severity.OK,
                area=AREA,
                subject=f"{one}, {other}",
                told=f"about {link.rtt_ms:g} ms from each other, by connects from here to hosts of both",
            )
