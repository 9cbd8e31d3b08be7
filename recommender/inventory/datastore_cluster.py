"""A datastore cluster (the API's *storage pod*), with what Storage DRS is told to keep together or apart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, repeat

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskAntiAffinity:
    """Disks of one VM (device keys) that must lie on different datastores of the cluster (*VMDK anti-affinity*)."""

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    disks: tuple[int, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSeparation:
    """One rule of a datastore cluster: on none of its datastores is anything of two ``members``.

    A member is a VM with the keys of the disks it is about; no keys stand for all that the VM has, its home included.
    """

    name: str | None
    members: tuple[tuple[EntityRef, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatastoreCluster:
    """One datastore cluster; its datastores name it (``Datastore.datastore_cluster``).

    ``keeps_disks_together``: the default for its VMs (*keep VMDKs together*, on unless somebody switched it off).
    ``vms_together`` and ``vms_not_together``: VMs for which somebody chose, whatever the default. ``vm_anti_affinity``:
    VMs whose disks may not share a datastore, ``vm_anti_affinity_names`` the names of these rules in their order.
    ``vms_left_alone``: VMs for which Storage DRS is switched off.
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
    vm_anti_affinity_names: tuple[str, ...] = ()
    disk_anti_affinity: tuple[DiskAntiAffinity, ...] = ()

    def keeps_together(self, vm: EntityRef) -> bool:
        """Whether all disks of ``vm`` have to lie on one datastore."""
        return vm in self.vms_together or (self.keeps_disks_together and vm not in self.vms_not_together)

    def without_separation(self, name: str) -> "DatastoreCluster":
        """The same without the rules of that name, where those that have none are called like the cluster."""
        kept = [(vms, own) for vms, own in self._named() if (own or self.name) != name]
        return replace(
            self,
            vm_anti_affinity=tuple(vms for vms, _ in kept),
            vm_anti_affinity_names=tuple(own or "" for _, own in kept),
            disk_anti_affinity=tuple(rule for rule in self.disk_anti_affinity if (rule.name or self.name) != name),
        )

    def separations(self) -> Iterator[StorageSeparation]:
        """The rules that keep disks, or VMs, apart."""
        for vms, name in self._named():
            yield StorageSeparation(name=name, members=tuple((vm, ()) for vm in vms))
        for rule in self.disk_anti_affinity:
            yield StorageSeparation(name=rule.name, members=tuple((rule.vm, (key,)) for key in rule.disks))

    def _named(self) -> Iterator[tuple[tuple[EntityRef, ...], str | None]]:
        names = (name or None for name in self.vm_anti_affinity_names)
        return zip(self.vm_anti_affinity, chain(names, repeat(None)), strict=False)
