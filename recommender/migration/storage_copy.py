"""How long disks take to be copied while a VM runs or not.

Since vSphere 5.0 a disk is copied in a single pass, writes of the guest being mirrored to both sides (Mashtizadeh et
al., *The Design and Evolution of Live Storage Migration in VMware ESX*, USENIX ATC 2011). Up to four disks go at a
time, and only such as have different pairs of datastores.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, PowerState, VirtualMachine
from recommender.migration.sharing import shared_rates

PARALLEL_COPIES: Final = 4
# What a datastore reads or writes for a copy. No vSphere API tells it; a starting value between a single 10 GbE path
# and a busy array, less what guests write meanwhile, which mirroring has to write as well.
DATASTORE_MIB_S: Final = 500.0
LEAST_LEFT: Final = 0.1  # a copy is never starved: the guest's writes wait for their mirror and are slowed themselves
HOME_MIB: Final = 16.0  # configuration, logs and NVRAM; the swap file is made anew
_NETWORK: Final = "network"


@dataclass(frozen=True, slots=True)
class DiskCopy:
    """Data that changes its datastore; ``over_network`` where the source host does not mount the new one."""

    source: EntityRef
    destination: EntityRef
    size_mib: float
    over_network: bool


def disk_copies(vm: VirtualMachine, host: Host, targets: Mapping[int, EntityRef]) -> tuple[DiskCopy, ...]:
    """The copies that sending the VM's disks to ``targets`` (datastore by disk key) needs; ``host`` is its source.

    The memory of a suspended VM lies in a file beside its configuration and follows when all disks leave.
    """
    pairs = [(disk.datastore, targets.get(disk.key, disk.datastore), float(disk.size_mib)) for disk in vm.disks]
    if vm.power_state is PowerState.SUSPENDED and pairs and all(source != target for source, target, _ in pairs):
        pairs.append((*pairs[0][:2], float(vm.memory_mib)))
    home = targets.get(HOME)
    if home is not None and vm.home_datastore is not None:
        pairs.append((vm.home_datastore, home, HOME_MIB))
    return tuple(
        DiskCopy(source, target, size_mib, over_network=target not in host.datastores)
        for source, target, size_mib in pairs
        if source != target
    )


def left_by_guest(datastore_mib_s: float, guest_write_mib_s: float) -> float:
    """What a datastore has left for a copy while the guest's writes go to both sides, at least a tenth."""
    return max(LEAST_LEFT * datastore_mib_s, datastore_mib_s - guest_write_mib_s)


def copy_seconds(copies: Sequence[DiskCopy], *, datastore_mib_s: float, network_mib_s: float) -> float:
    """Time of all copies. Each datastore reads and writes ``datastore_mib_s`` at a time, shared by the copies on it."""
    queue: dict[tuple[EntityRef, EntityRef], float] = {}
    for copy in copies:
        pair = (copy.source, copy.destination)
        queue[pair] = queue.get(pair, 0.0) + copy.size_mib
    networked = {copy.destination for copy in copies if copy.over_network}
    left = dict(sorted(queue.items(), key=lambda item: (-item[1], item[0])))  # the longest first
    seconds = 0.0
    while left:
        running = list(left)[:PARALLEL_COPIES]
        uses: list[list[Hashable]] = [
            [("read", source), ("write", target), *([_NETWORK] if target in networked else [])]
            for source, target in running
        ]
        caps = {link: network_mib_s if link == _NETWORK else datastore_mib_s for used in uses for link in used}
        rates = dict(zip(running, shared_rates(uses, caps, [datastore_mib_s] * len(running)), strict=True))
        first = min(running, key=lambda pair: left[pair] / rates[pair])
        step = left[first] / rates[first]
        seconds += step
        for pair in running:
            left[pair] = 0.0 if pair == first else left[pair] - rates[pair] * step
        left = {pair: size_mib for pair, size_mib in left.items() if size_mib > 0}
    return seconds
