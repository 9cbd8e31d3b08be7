"""Which properties are read of each kind of object, and why.

Leaf properties wherever the API's own types allow it: whole ``summary`` or ``runtime`` objects cost many times more,
and one value unknown to pyVmomi would make all of it unreadable. A cluster's ``configurationEx`` and ``summary`` are
read whole, because the API declares them by their base types and refuses longer paths into them.
"""

from typing import Final

from pyVmomi import vim

HOST: Final = (
    "name",
    "overallStatus",  # red: something is definitely wrong there
    "parent",  # its cluster, and through it the data centre
    "runtime.connectionState",  # available at all?
    "runtime.powerState",  # standby hosts take no VM
    "runtime.inMaintenanceMode",
    "runtime.inQuarantineMode",  # Proactive HA says: use it no more
    "summary.hardware.cpuMhz",  # capacity, times cores
    "summary.hardware.numCpuCores",
    "summary.hardware.numCpuThreads",  # the widest VM that it runs
    "summary.hardware.memorySize",  # capacity
    "summary.maxEVCModeKey",
    "summary.quickStats.overallCpuUsage",  # load
    "summary.quickStats.overallMemoryUsage",
    "summary.config.vmotionEnabled",  # says *no adapter* where the adapters themselves cannot be read
    "config.featureCapability",  # what its CPU offers to VMs
    "config.virtualNicManagerInfo.netConfig",  # which vmkernel adapters carry vMotion
    "config.network.portgroup",  # from adapter to switch
    "config.network.vswitch",  # from switch to physical NICs
    "config.network.proxySwitch",  # the same for distributed switches
    "config.network.pnic",  # link speed
    "summary.config.product.version",  # which virtual hardware it runs
    "runtime.cryptoState",  # can it hold the keys of encrypted VMs?
    "datastore",  # what it mounts
    "network",  # what it reaches
    "summary.hardware.numCpuPkgs",  # sockets
    "summary.hardware.numCpuThreads",  # from logical CPUs of a NUMA node to cores
    "summary.hardware.uuid",
    "hardware.numaInfo",
    "config.graphicsInfo",  # GPUs, and the VMs that use them
    "config.sharedPassthruGpuTypes",  # vGPU profiles
    "triggeredAlarmState",
    "config.vsanHostConfig.faultDomainInfo.name",  # which hosts of vSAN may be away together
)

VIRTUAL_MACHINE: Final = (
    "name",
    "config.instanceUuid",  # its identity over time
    "config.template",
    "config.managedBy",  # owned by an extension: an agent, a placeholder
    "config.hardware.numCPU",  # demand
    "config.hardware.memoryMB",
    "config.files.vmPathName",  # where its home is
    "config.hardware.device",  # its disks, and what ties it to its host
    "config.version",  # its virtual hardware
    "config.cpuAffinity",
    "config.ftInfo",  # one of a Fault Tolerance pair
    "config.keyId",  # encrypted, or with a vTPM
    "config.latencySensitivity",
    "config.cpuAllocation.reservation",
    "config.memoryAllocation.reservation",
    "runtime.host",
    "runtime.powerState",
    "runtime.connectionState",  # are its figures alive?
    "runtime.consolidationNeeded",
    "runtime.minRequiredEVCModeKey",
    "runtime.featureRequirement",  # what it needs of a CPU
    "resourcePool",
    "datastore",  # disks and configuration files
    "network",
    "disabledMethod",  # a backup forbids to relocate it
    "layoutEx.disk",  # which files make up a disk
    "layoutEx.file",  # what a copy of a thin disk has to carry
    "summary.quickStats.overallCpuUsage",  # load
    "summary.quickStats.guestMemoryUsage",
    "summary.quickStats.hostMemoryUsage",
    "parent",  # its folder
    "parentVApp",
    "customValue",  # custom attributes
    "config.uuid",  # what its guest sees as its BIOS
    "config.guestId",  # its operating system
    "config.cpuAllocation.limit",
    "config.cpuAllocation.shares.shares",
    "config.memoryAllocation.limit",
    "config.memoryAllocation.shares.shares",
    "runtime.dasVmProtection",  # would HA start it again?
    "guest.toolsRunningStatus",
    "layoutEx.snapshot",  # how many, and which files hold their memory
)

CLUSTER: Final = (
    "name",
    "parent",
    "resourcePool",  # the root pool: where a VM from elsewhere goes
    "configurationEx",  # DRS, HA, rules and groups
    "summary",  # EVC mode
)

DATASTORE: Final = (
    "name",
    "overallStatus",
    "parent",
    "summary.capacity",
    "summary.freeSpace",
    "summary.maintenanceMode",
    "summary.uncommitted",  # what thin disks may still take
    "summary.multipleHostAccess",
    "summary.url",  # the same storage in another data centre
    "summary.type",
    "host",  # how each host mounts it
)

# Read only where some VM has a LUN mapped into it: it is the largest property of a host.
RAW_LUNS: Final = "config.storageDevice.scsiLun"
# Read only where some VM has such a device: it tells every PCI device of a host.
PASSTHROUGH: Final = "config.pciPassthruInfo"

NAME_AND_PARENT: Final = ("name", "parent")

RESOURCE_POOL: Final = (
    "name",
    "parent",
    "owner",
    "config.cpuAllocation.reservation",
    "config.cpuAllocation.limit",
    "config.cpuAllocation.expandableReservation",
    "config.cpuAllocation.shares.shares",
    "config.memoryAllocation.reservation",
    "config.memoryAllocation.limit",
    "config.memoryAllocation.expandableReservation",
    "config.memoryAllocation.shares.shares",
)

STORAGE_POD: Final = (
    "name",
    "parent",
    "podStorageDrsEntry",  # whether Storage DRS acts there, and its rules
)

PORT_GROUP: Final = (
    "config.distributedVirtualSwitch",
    "config.defaultPortConfig",  # VLAN and teaming
    "config.uplink",
)

# VMs before hosts: a host that is added meanwhile is then no riddle, and a VM that has moved stands on one of them.
EVERYTHING: Final[dict[type[vim.ManagedEntity], tuple[str, ...]]] = {
    vim.VirtualMachine: VIRTUAL_MACHINE,
    vim.HostSystem: HOST,
    vim.ClusterComputeResource: CLUSTER,
    vim.ComputeResource: NAME_AND_PARENT,  # standalone hosts stand in one of their own
    vim.ResourcePool: RESOURCE_POOL,
    vim.Datastore: DATASTORE,
    vim.StoragePod: STORAGE_POD,  # datastore clusters lie between datastores and folders
    vim.Network: NAME_AND_PARENT,
    vim.dvs.DistributedVirtualPortgroup: PORT_GROUP,
    vim.OpaqueNetwork: ("summary",),
    vim.DistributedVirtualSwitch: ("uuid",),
    vim.Folder: NAME_AND_PARENT,
    vim.Datacenter: NAME_AND_PARENT,
}
