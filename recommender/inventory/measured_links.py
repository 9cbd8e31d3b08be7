"""How far sites are from each other, by how far each is from here: an approximation where nobody configured it."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from math import ceil

from recommender.inventory.site import SiteLink


def sites_without_link(sites: Iterable[str], links: Iterable[SiteLink]) -> frozenset[str]:
    """The sites that lack a link to at least one other site."""
    known = tuple(links)
    return frozenset(
        site
        for pair in combinations(sorted(set(sites)), 2)
        if not any(link.joins(*pair) for link in known)
        for site in pair
    )


def measured_links(rtt_ms_by_site: Mapping[str, float], links: Iterable[SiteLink]) -> tuple[SiteLink, ...]:
    """A link for each pair of measured sites that ``links`` do not join.

    ``rtt_ms_by_site``: the round-trip time from here to the site. The way between two sites is taken to be as long as
    both together: by way of here it takes no longer, so that the figure is rather too large than too small. In tenths
    of a millisecond, rounded up.
    """
    known = tuple(links)
    return tuple(
        SiteLink(
            site_a=one,
            site_b=other,
            rtt_ms=ceil(10 * (rtt_ms_by_site[one] + rtt_ms_by_site[other])) / 10,
            is_measured=True,
        )
        for one, other in combinations(sorted(rtt_ms_by_site), 2)
        if not any(link.joins(one, other) for link in known)
    )
