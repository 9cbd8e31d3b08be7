"""What ties a VM to the host where it is, for as long as it is configured so."""

from enum import StrEnum


class Pin(StrEnum):
    """Kinds of ties that no migration of ours may cut; CPU affinity ties a VM only while it runs or is suspended."""

    CPU_AFFINITY = "cpuAffinity"
    PASSTHROUGH_DEVICE = "passthroughDevice"
    SRIOV_DEVICE = "sriovDevice"
    VGPU = "vgpu"
    PERSISTENT_MEMORY = "persistentMemory"
    SHARED_SCSI_BUS = "sharedScsiBus"
    HOST_DEVICE = "hostDevice"
    CLIENT_DEVICE = "clientDevice"
    FAULT_TOLERANCE = "faultTolerance"

    @property
    def told(self) -> str:
        """What it is, for people."""
        return _TOLD[self]


_TOLD = {
    Pin.CPU_AFFINITY: "CPU affinity to cores of its host",
    Pin.PASSTHROUGH_DEVICE: "a PCI passthrough device",
    Pin.SRIOV_DEVICE: "an SR-IOV network adapter",
    Pin.VGPU: "a vGPU, of which free slots elsewhere are not known",
    Pin.PERSISTENT_MEMORY: "persistent memory of its host",
    Pin.SHARED_SCSI_BUS: "a SCSI bus shared with another VM",
    Pin.HOST_DEVICE: "a connected device of its host (CD, floppy, USB or port)",
    Pin.CLIENT_DEVICE: "a connected device of somebody's own computer",
    Pin.FAULT_TOLERANCE: "Fault Tolerance: vCenter moves the pair",
}
