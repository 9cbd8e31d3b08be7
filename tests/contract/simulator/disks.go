package main

import "github.com/vmware/govmomi/vim25/types"

func disksIn(devices []types.BaseVirtualDevice) []*types.VirtualDisk {
	var disks []*types.VirtualDisk
	for _, device := range devices {
		if disk, is := device.(*types.VirtualDisk); is {
			disks = append(disks, disk)
		}
	}
	return disks
}

// copied returns devices whose disks may be changed without touching those that somebody may be reading.
func copied(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	after := make([]types.BaseVirtualDevice, 0, len(devices))
	for _, device := range devices {
		if disk, is := device.(*types.VirtualDisk); is {
			own, backing := *disk, *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			own.Backing = &backing
			device = &own
		}
		after = append(after, device)
	}
	return after
}

func holds(refs []Ref, wanted Ref) bool {
	for _, ref := range refs {
		if ref == wanted {
			return true
		}
	}
	return false
}
