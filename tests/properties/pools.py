"""Random resource pools: in every cluster one of the same name below the root pool, and one below that."""

from hypothesis import strategies as st

from recommender.inventory.allocation import Allocation
from recommender.inventory.cluster import ResourcePool
from recommender.inventory.reference import EntityRef
from tests.properties.storage import mostly


def root_of(cluster: EntityRef) -> EntityRef:
    return EntityRef(cluster.vcenter, f"root-{cluster.moid}")


def pools_in(cluster: EntityRef) -> tuple[EntityRef, EntityRef]:
    return EntityRef(cluster.vcenter, f"gold-{cluster.moid}"), EntityRef(cluster.vcenter, f"vip-{cluster.moid}")


@st.composite
def resource_pools(draw: st.DrawFn, clusters: list[EntityRef]) -> tuple[ResourcePool, ...]:
    """``gold`` and, below it, ``vip``."""
    found = []
    for cluster in clusters:
        gold, vip = pools_in(cluster)
        found.append(ResourcePool(ref=root_of(cluster), name="Resources", owner=cluster))
        for ref, name, parent in ((gold, "gold", root_of(cluster)), (vip, "vip", gold)):
            cpu, memory = draw(_allocations(4000)), draw(_allocations(16_384))
            found.append(ResourcePool(ref=ref, name=name, owner=cluster, parent=parent, cpu=cpu, memory=memory))
    return tuple(found)


@st.composite
def _allocations(draw: st.DrawFn, most: int) -> Allocation | None:
    """Twice as much as a VM is the most that any asks for."""
    told = Allocation(
        reservation=draw(st.sampled_from((0, most, 2 * most))),
        limit=draw(st.sampled_from((None, 2 * most, most))),
        is_expandable=draw(st.booleans()),
    )
    return draw(mostly(told, (None, Allocation())))
