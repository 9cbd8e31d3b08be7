"""Where an operator's cap counts. Part of the replay; shares nothing with the scheduler."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.move_order import CapScope, MigrationCap


def cap_places(inventory: Inventory, cap: MigrationCap, ends: Sequence[Host]) -> list[str]:
    """The hosts, clusters, sites or pair of sites at the ends of a migration that ``cap`` names, by name and address.

    None for a cap of a group of VMs, which counts at no place.
    """
    found: list[tuple[str, str]] = []
    for host in ends:
        cluster = inventory.find_cluster(host.cluster)
        if cap.scope is CapScope.HOST:
            found.append((host.name, str(host.ref)))
        elif cap.scope is CapScope.CLUSTER and cluster is not None:
            found.append((cluster.name, str(cluster.ref)))
        elif cap.scope is CapScope.SITE:
            found.append((host.site, host.site))
    sites = sorted({host.site for host in ends})
    if cap.scope is CapScope.LINK and len(sites) > 1:
        found.append(("|".join(sites), "|".join(sites)))
    return sorted({where for name, where in found if any(fnmatchcase(name, pattern) for pattern in cap.of)})
