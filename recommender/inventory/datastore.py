"""A datastore; which hosts mount it is told by the hosts."""

from dataclasses import dataclass, field

from recommender.inventory.load import DatastoreLoad
from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastore:
    """One datastore in one data centre. Sizes in MiB.

    ``uncommitted_mib``: what thin disks there may still grow by. ``is_shared``: more than one host may mount it.
    ``url`` is the same for the same storage in another data centre. ``kind``: ``VMFS``, ``NFS``, ``vsan`` …
    ``datastore_cluster`` is the one that it lies in. ``site`` names the RTT domain it stands in.
    ``protection_group``: the tag by which it is replicated together with others. Each is ``None`` where it was
    not told. ``overall_status``: vSphere's own (green, yellow, red, gray).
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    capacity_mib: int
    free_mib: int
    in_maintenance: bool = False
    overall_status: str | None = None
    uncommitted_mib: int | None = None
    is_shared: bool | None = None
    url: str | None = None
    kind: str | None = None
    datastore_cluster: EntityRef | None = None
    tags: tuple[str, ...] = ()
    protection_group: str | None = None
    site: str | None = None
    load: DatastoreLoad = field(default_factory=DatastoreLoad)
