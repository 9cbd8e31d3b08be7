"""What is read of vCenter right before a relocation, and the call's argument made of it."""

from dataclasses import dataclass

from pyVmomi import vim

from recommender.errors import MigrationRefused
from recommender.placement.result import Move
from recommender.relocation_policy import DiskMoveType
from recommender.vsphere.collector import read_object
from recommender.vsphere.relocation.network_cards import reconnected_cards
from recommender.vsphere.relocation.pool_there import pool_there
from recommender.vsphere.relocation.relocate_spec import relocate_spec
from recommender.vsphere.relocation.vm_folder import folder_there
from recommender.vsphere.session.session import Service
from recommender.vsphere.translation.disks import disks_of

VM_PATHS = (
    "name",
    "config.files.vmPathName",
    "runtime.host",
    "resourcePool",
    "parent",
    "datastore",
    "config.hardware.device",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """``warnings``: what will not be as it was, in words."""

    spec: vim.vm.RelocateSpec
    warnings: tuple[str, ...] = ()


def relocation_of(
    here: Service,
    there: Service,
    move: Move,
    locator: vim.ServiceLocator | None = None,
    disk_move_type: DiskMoveType | None = None,
) -> Relocation:
    """The argument for ``move`` from vCenter ``here`` to ``there``, the same one without a ``locator``.

    ``disk_move_type``: how disks of linked clones are copied, by the policy.

    Raises ``MigrationRefused`` where something that it needs is gone.
    """
    vm = read_object(here, vim.VirtualMachine(move.vm.moid), VM_PATHS)
    if vm is None:
        raise MigrationRefused(f"{move.vm} is gone; nothing was sent")
    host = read_object(there, vim.HostSystem(move.destination.moid), ("parent",))
    if host is None:
        raise MigrationRefused(f"host {move.destination} is gone; nothing was sent")
    source = read_object(here, vm.need("runtime.host"), ("parent",))
    is_same_cluster = source is not None and (
        here.vcenter == there.vcenter and source.get("parent") == host.need("parent")
    )
    folder = None if is_same_cluster else folder_there(here, there, vm, move.destination)
    # A template is in no pool, wherever it goes.
    pool = None if is_same_cluster or not vm.get("resourcePool") else pool_there(here, there, vm, host)
    spec = relocate_spec(
        move,
        pool=pool.pool if pool else None,
        folder=folder.folder if folder else None,
        disks=disks_of(vm) if move.disk_moves else (),
        cards=tuple(reconnected_cards(here, there, vm, move.network_moves)),
        disk_move_type=disk_move_type,
        service=locator,
    )
    warnings = (folder.warning if folder else None, pool.warning if pool else None)
    return Relocation(spec=spec, warnings=tuple(warning for warning in warnings if warning is not None))
