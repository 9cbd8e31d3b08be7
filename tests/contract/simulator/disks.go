package main

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

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

// standOn makes a linked clone's disk of one that was made whole.
func standOn(backing *types.VirtualDiskFlatVer2BackingInfo, told Disk) {
	if told.StandsOn != "" {
		name := fmt.Sprintf("[%s] %s/%s.vmdk", told.Datastore, told.StandsOn, told.StandsOn)
		backing.Parent = &types.VirtualDiskFlatVer2BackingInfo{
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: name, Datastore: backing.Datastore},
			DiskMode:                     backing.DiskMode,
		}
	}
}

// copyParents takes along, or makes one with the disk, what a linked clone's disk stands on.
func (r *Relocation) copyParents(key int32, backing *types.VirtualDiskFlatVer2BackingInfo) {
	how := r.spec.DiskMoveType
	for _, located := range r.spec.Disk {
		if located.DiskId == key && located.DiskMoveType != "" {
			how = located.DiskMoveType
		}
	}
	if how == string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate) {
		backing.Parent = nil
	} else if backing.Parent != nil {
		parent := *backing.Parent
		parent.Datastore = backing.Datastore
		backing.Parent = &parent
	}
}
