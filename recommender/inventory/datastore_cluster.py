"""A datastore cluster (the API's *storage pod*), with what Storage DRS is told to keep together or apart."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskAntiAffinity:
    """Disks of one VM (device keys) that must lie on different datastores of the cluster (*VMDK anti-affinity*)."""

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    disks: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatastoreCluster:
    """One datastore cluster; its datastores name it (``Datastore.datastore_cluster``).

    ``keeps_disks_together``: the default for its VMs (*keep VMDKs together*, on unless somebody switched it off).
    ``vms_together`` and ``vms_not_together``: VMs for which somebody chose, whatever the default. ``vm_anti_affinity``:
    VMs whose disks may not share a datastore. ``vms_left_alone``: VMs for which Storage DRS is switched off.
    ``space_threshold_percent``: use of a datastore above which Storage DRS acts, ``None`` where it is not told.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    storage_drs_enabled: bool = False
    is_automated: bool = False
    space_threshold_percent: int | None = None
    keeps_disks_together: bool = True
    vms_together: tuple[EntityRef, ...] = ()
    vms_not_together: tuple[EntityRef, ...] = ()
    vms_left_alone: tuple[EntityRef, ...] = ()
    vm_anti_affinity: tuple[tuple[EntityRef, ...], ...] = ()
    disk_anti_affinity: tuple[DiskAntiAffinity, ...] = ()

    def keeps_together(self, vm: EntityRef) -> bool:
        """Whether all disks of ``vm`` have to lie on one datastore."""
        return vm in self.vms_together or (self.keeps_disks_together and vm not in self.vms_not_together)
