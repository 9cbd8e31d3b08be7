"""What a host is built of beyond its capacity: NUMA nodes, GPUs, devices that may be given away, and its alarms."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from recommender.inventory.gpu import Gpu
from recommender.inventory.host import Alarm, NumaNode, PassthroughDevice
from recommender.quantities import BYTES_PER_MIB
from recommender.vsphere.facts import Facts, moid_of

KIB_PER_MIB: Final = 1024
SHARED_DIRECT: Final = "sharedDirect"
GOES_OFF: Final = ("red", "yellow")


def numa_nodes_of(facts: Facts) -> tuple[NumaNode, ...] | None:
    """Its NUMA nodes; ``None`` where they were not told. Cores are counted from the logical CPUs."""
    told = facts.get("hardware.numaInfo")
    cores = facts.get("summary.hardware.numCpuCores")
    threads = facts.get("summary.hardware.numCpuThreads")
    if told is None or not told.numaNode or not cores or not threads:
        return None
    nodes = (
        NumaNode(
            number=node.typeId,
            cores=len(node.cpuID or ()) * cores // threads,
            memory_mib=int(node.memorySize or node.memoryRangeLength or 0) // BYTES_PER_MIB,
        )
        for node in told.numaNode
    )
    return tuple(sorted(nodes, key=lambda node: node.number))


def gpus_of(facts: Facts) -> tuple[Gpu, ...] | None:
    """Its graphics processors; ``None`` where they were not told."""
    told = facts.get("config.graphicsInfo")
    if told is None:
        return None
    return tuple(
        Gpu(
            pci_id=gpu.pciId,
            name=gpu.deviceName,
            memory_mib=int(gpu.memorySizeInKB) // KIB_PER_MIB if gpu.memorySizeInKB else None,
            is_shared=str(gpu.graphicsType) == SHARED_DIRECT,
            vms=facts.refs_of(gpu.vm or ()),
        )
        for gpu in sorted(told, key=lambda gpu: str(gpu.pciId))
    )


def vgpu_profiles_of(facts: Facts) -> tuple[str, ...] | None:
    """The slices of its GPUs that VMs may have; ``None`` where they were not told."""
    told = facts.get("config.sharedPassthruGpuTypes")
    return None if told is None else tuple(sorted(set(map(str, told))))


def passthrough_devices_of(told: Iterable[Any] | None) -> tuple[PassthroughDevice, ...] | None:
    """The PCI devices that it may give away; ``None`` where they were not told."""
    if told is None:
        return None
    devices = (
        PassthroughDevice(
            pci_id=device.id,
            is_active=bool(device.passthruActive),
            virtual_functions=getattr(device, "numVirtualFunction", None)
            if getattr(device, "sriovActive", False)
            else None,
        )
        for device in told
        if device.passthruActive or getattr(device, "sriovActive", False)
    )
    return tuple(sorted(devices, key=lambda device: device.pci_id))


def alarms_of(facts: Facts, names: Mapping[str, str]) -> tuple[Alarm, ...]:
    """Alarms of the host itself that have gone off; vCenter lists those of what lies below it, too."""
    return tuple(
        sorted(
            (
                Alarm(
                    name=names.get(moid_of(state.alarm), moid_of(state.alarm)),
                    status=str(state.overallStatus),
                    is_acknowledged=bool(state.acknowledged),
                )
                for state in facts.get("triggeredAlarmState") or ()
                if moid_of(state.entity) == facts.moid and str(state.overallStatus) in GOES_OFF
            ),
            key=lambda alarm: alarm.name,
        )
    )
