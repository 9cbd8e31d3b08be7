"""Which properties of data objects in vCenter's answers somebody here looks at: only they are kept."""

from collections.abc import Mapping
from typing import Final

# By the path that is read, the properties of data objects in it that are kept; every name that a translation asks for.
LOOKED_AT: Final[Mapping[str, frozenset[str]]] = {
    path: frozenset(names.split())
    for path, names in {
        "config.hardware.device": "key backing datastore connectable connected sharedBus capacityInBytes capacityInKB "
        "lunUuid thinProvisioned eagerlyScrub diskMode sharing vDiskId id fileName parent videoRamSizeInKB vgpu",
        "config.cpuAffinity": "affinitySet",
        "config.ftInfo": "role",
        "config.keyId": "keyId providerId id",
        "config.latencySensitivity": "level",
        "config.managedBy": "extensionKey type",
        "layoutEx.disk": "key chain fileKey",
        "layoutEx.file": "key size",
        "layoutEx.snapshot": "key dataKey memoryKey",
        "customValue": "key value",
        "runtime.dasVmProtection": "dasProtected",
        "triggeredAlarmState": "entity alarm overallStatus acknowledged",
        "hardware.numaInfo": "numaNode typeId cpuID memorySize memoryRangeLength",
        "config.graphicsInfo": "deviceName pciId graphicsType memorySizeInKB vm",
        "config.pciPassthruInfo": "id passthruActive sriovActive numVirtualFunction",
        "runtime.featureRequirement": "key value",
        "config.featureCapability": "key value",
        "config.virtualNicManagerInfo.netConfig": "nicType candidateVnic selectedVnic key device portgroup spec mtu "
        "distributedVirtualPort switchUuid portgroupKey",
        "config.network.portgroup": "spec name vlanId vswitchName computedPolicy nicTeaming notifySwitches",
        "config.network.vswitch": "name pnic",
        "config.network.proxySwitch": "dvsUuid pnic",
        "config.network.pnic": "key device linkSpeed speedMb",
        "config.storageDevice.scsiLun": "uuid",
        "config.defaultPortConfig": "uplinkTeamingPolicy notifySwitches value vlan vlanId start end pvlanId",
        "podStorageDrsEntry": "storageDrsConfig podConfig enabled defaultVmBehavior defaultIntraVmAffinity rule vm "
        "spaceLoadBalanceConfig spaceUtilizationThreshold vmConfig intraVmAffinity intraVmAntiAffinity diskId",
        "host": "key mountInfo mounted accessible accessMode",
        "configurationEx": "drsConfig dasConfig drsVmConfig rule group enabled defaultVmBehavior behavior key name vm "
        "host vmGroupName affineHostGroupName antiAffineHostGroupName mandatory admissionControlEnabled "
        "admissionControlPolicy cpuFailoverResourcesPercent memoryFailoverResourcesPercent failoverLevel slotPolicy "
        "cpu memory failoverHosts vsanConfigInfo dasVmConfig restartPriority dasSettings vmotionRate",
        "summary": "currentEVCModeKey opaqueNetworkId",
    }.items()
}
# Every VM has these devices, and nothing that is decided here depends on them.
PASSED_OVER: Final = frozenset(
    {
        "VirtualIDEController",
        "VirtualKeyboard",
        "VirtualMachineVMCIDevice",
        "VirtualPCIController",
        "VirtualPointingDevice",
        "VirtualPS2Controller",
        "VirtualSIOController",
        "VirtualVmxnet3",
    }
)
