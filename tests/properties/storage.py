"""Random disks, datastores and datastore clusters, and the ways in which rare things are drawn."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk
from tests.inventories import ref

SITES: Final = ("east", "north", "west")
STORES: Final = (ref("ds"), ref("ds2"))

_T = TypeVar("_T")

rarely: Final = st.integers(0, 4).map(lambda number: number == 4)


@st.composite
def disks(draw: st.DrawFn) -> dict[str, Any]:
    """Up to two disks, a home, and whatever else is touched."""
    found = tuple(
        Disk(
            key=2000 + number,
            datastore=draw(st.sampled_from(STORES)),
            size_mib=draw(st.sampled_from((0, 300, 600))),
            capacity_mib=draw(st.sampled_from((None, 600))),
            is_shared=draw(rarely),
            is_linked=draw(rarely),
        )
        for number in range(draw(st.integers(0, 2)))
    )
    home = draw(st.sampled_from((None, *STORES)))
    touched = {*draw(some(STORES)), *(disk.datastore for disk in found), *((home,) if home else ())}
    return {"disks": found, "home_datastore": home, "datastores": tuple(sorted(touched))}


def datastores() -> st.SearchStrategy[tuple[Datastore, ...]]:
    return st.tuples(
        *(
            st.builds(
                Datastore,
                ref=st.just(store),
                name=st.just(store.moid),
                datacenter=st.just("dc"),
                capacity_mib=st.just(1000),
                free_mib=st.sampled_from((0, 400, 700, 1000)),
                in_maintenance=rarely,
                datastore_cluster=st.sampled_from((None, ref("pod-1"), ref("pod-2"))),
                protection_group=st.sampled_from((None, "rg")),
                site=st.sampled_from((None, *SITES)),
            )
            for store in STORES
        )
    )


@st.composite
def datastore_clusters(draw: st.DrawFn, vms: list[EntityRef]) -> tuple[DatastoreCluster, ...]:
    pods = []
    for name in draw(mostly((), (("pod-1",), ("pod-1", "pod-2")))):
        apart = DiskAntiAffinity(vm=draw(st.sampled_from(vms)), disks=(2000, 2001), name="disks")
        groups = draw(st.sampled_from(((), (tuple(vms),), (tuple(vms[:2]), tuple(vms[1:])))))
        pods.append(
            DatastoreCluster(
                ref=ref(name),
                name=name,
                datacenter="dc",
                vm_anti_affinity=groups,
                vm_anti_affinity_names=("vms", "others")[: len(groups)],
                disk_anti_affinity=draw(some((apart,))),
            )
        )
    return tuple(pods)


def mostly(usual: _T, values: Iterable[_T]) -> st.SearchStrategy[_T]:
    return rarely.flatmap(lambda rare: st.sampled_from(tuple(values)) if rare else st.just(usual))


def some(values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """A subset, in the order in which ``values`` stand; one draw, since many small ones are slow."""
    return st.integers(0, (1 << len(values)) - 1).map(
        lambda bits: tuple(value for place, value in enumerate(values) if bits >> place & 1)
    )
