"""Which resource pool a VM comes into in another cluster: that of the same path below the root, or the root pool."""

from typing import Final

from recommender.inventory.cluster import ResourcePool
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef

MOST_LEVELS: Final = 64  # deeper is a circle


def pool_path(inventory: Inventory, pool: EntityRef | None) -> tuple[str, ...]:
    """Names from below the root pool down to ``pool``; ``()`` for the root pool, a vApp, and what is not known."""
    names: list[str] = []
    found = inventory.find_resource_pool(pool)
    while found is not None and found.parent is not None and len(names) < MOST_LEVELS:
        if found.is_vapp:
            return ()
        names.append(found.name)
        found = inventory.find_resource_pool(found.parent)
    return tuple(reversed(names)) if found is not None and found.parent is None else ()


def pool_of_path(inventory: Inventory, host: Host, path: tuple[str, ...]) -> ResourcePool | None:
    """The pool of this path in the cluster of ``host``; ``None`` where there is none of the whole path."""
    cluster = inventory.find_cluster(host.cluster)
    found = inventory.find_resource_pool(cluster.root_resource_pool) if cluster else None
    for name in path:
        if found is None:
            return None
        above = found.ref
        below = (pool for pool in inventory.resource_pools if pool.parent == above and not pool.is_vapp)
        found = next((pool for pool in sorted(below, key=lambda pool: pool.ref) if pool.name == name), None)
    return found
