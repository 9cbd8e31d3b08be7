"""What a move takes along beside its host: networks that stand for others there, and the format of copied disks."""

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.network_mapping import network_on
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.result import DiskMove, NetworkMove
from recommender.policy import Policy
from recommender.relocation_policy import DiskFormat


def network_moves(inventory: Inventory, policy: Policy, vm: VirtualMachine, host: Host) -> tuple[NetworkMove, ...]:
    """The networks of ``vm`` that are others on ``host``; one that is not reached there at all is left out."""
    found = [(network, network_on(inventory, policy.relocation.networks, network, host)) for network in vm.networks]
    return tuple(
        NetworkMove(source=network, destination=there) for network, there in found if there not in (None, network)
    )


def disk_move(policy: Policy, vm: VirtualMachine, key: int, source: EntityRef, destination: EntityRef) -> DiskMove:
    """The copy of a disk, or of the home, in the format that the policy asks for."""
    disk = next((one for one in vm.disks if one.key == key), None)
    wanted = policy.relocation.disk_format
    provisioning = None
    if disk is not None and not disk.is_raw and wanted is not DiskFormat.AS_IS:
        provisioning = DiskProvisioning(wanted.value)
    is_new = disk is not None and provisioning is not disk.provisioning
    return DiskMove(disk_key=key, source=source, destination=destination, provisioning=provisioning if is_new else None)
