package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// reconnected are the adapters that the spec edits, by device key.
func (r *Relocation) reconnected() map[int32]types.BaseVirtualDevice {
	edited := map[int32]types.BaseVirtualDevice{}
	for _, change := range r.spec.DeviceChange {
		told := change.GetVirtualDeviceConfigSpec()
		if _, is := told.Device.(types.BaseVirtualEthernetCard); is && told.Operation == types.VirtualDeviceConfigSpecOperationEdit {
			edited[told.Device.GetVirtualDevice().Key] = told.Device
		}
	}
	return edited
}

// devicesAfter are the VM's devices with the adapters as they are connected afterwards.
func (r *Relocation) devicesAfter() []types.BaseVirtualDevice {
	edited := r.reconnected()
	after := make([]types.BaseVirtualDevice, 0, len(r.vm.Config.Hardware.Device))
	for _, device := range r.vm.Config.Hardware.Device {
		if changed, is := edited[device.GetVirtualDevice().Key]; is {
			device = changed
		}
		after = append(after, device)
	}
	return after
}

func (r *Relocation) networksAfter() []Ref {
	var networks []Ref
	for _, device := range r.devicesAfter() {
		if card, is := device.(types.BaseVirtualEthernetCard); is {
			networks = with(networks, r.world.networkOf(card.GetVirtualEthernetCard().Backing))
		}
	}
	return networks
}

func (w *World) networkOf(backing types.BaseVirtualDeviceBackingInfo) Ref {
	switch known := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return Ref{Type: "DistributedVirtualPortgroup", Value: known.Port.PortgroupKey}
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return w.networks[known.DeviceName]
	}
	return Ref{}
}

// reconnect is called with the estate locked.
func (r *Relocation) reconnect() []types.PropertyChange {
	if len(r.spec.DeviceChange) == 0 {
		return nil
	}
	return []types.PropertyChange{to("config.hardware.device", r.devicesAfter()), to("network", r.networksAfter())}
}

// convert changes how a copied disk takes its space.
func (r *Relocation) convert(key int32, backing *types.VirtualDiskFlatVer2BackingInfo) {
	for _, located := range r.spec.Disk {
		wanted, is := located.DiskBackingInfo.(*types.VirtualDiskFlatVer2BackingInfo)
		if is && located.DiskId == key {
			backing.ThinProvisioned, backing.EagerlyScrub = wanted.ThinProvisioned, wanted.EagerlyScrub
		}
	}
}

// moveFolder brings a VM that leaves its data centre into the folder that was asked for, or into the root of the VM
// folders.
func (r *Relocation) moveFolder(ctx *simulator.Context) []types.PropertyChange {
	goal := r.spec.Folder
	if r.spec.Host != nil && goal == nil {
		for _, folders := range r.world.centers {
			ref := folders.VmFolder.Reference()
			there, here := r.world.above(r.spec.Host), r.world.above(r.vm.Parent)
			if r.world.above(&ref) == there && there != here {
				goal = &ref
			}
		}
	}
	if goal == nil || r.vm.Parent == nil {
		return nil
	}
	from, _ := find[*simulator.Folder](r.world, r.vm.Parent)
	there, _ := find[*simulator.Folder](r.world, goal)
	set(ctx, from, to("childEntity", without(from.ChildEntity, r.vm.Self)))
	set(ctx, there, to("childEntity", with(there.ChildEntity, r.vm.Self)))
	return []types.PropertyChange{to("parent", goal)}
}

// leaveCluster takes a VM that leaves its cluster out of the cluster's rules, groups and overrides, as vCenter does
// without a word; called with the estate locked, before the VM has moved.
func (r *Relocation) leaveCluster() {
	from, there := find[*simulator.HostSystem](r.world, r.vm.Runtime.Host)
	goal, known := find[*simulator.HostSystem](r.world, r.spec.Host)
	if !there || !known || *from.Parent == *goal.Parent {
		return
	}
	cluster, is := find[*simulator.ClusterComputeResource](r.world, from.Parent)
	if !is {
		return
	}
	r.world.forget(cluster, r.vm.Self)
}

func (w *World) forget(cluster *simulator.ClusterComputeResource, vm Ref) {
	configuration := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	for _, rule := range configuration.Rule {
		switch told := rule.(type) {
		case *types.ClusterAffinityRuleSpec:
			told.Vm = without(told.Vm, vm)
		case *types.ClusterAntiAffinityRuleSpec:
			told.Vm = without(told.Vm, vm)
		}
	}
	for _, group := range configuration.Group {
		if told, is := group.(*types.ClusterVmGroup); is {
			told.Vm = without(told.Vm, vm)
		}
	}
	configuration.DrsVmConfig = slices.DeleteFunc(configuration.DrsVmConfig, func(one types.ClusterDrsVmConfigInfo) bool {
		return one.Key == vm
	})
	configuration.DasVmConfig = slices.DeleteFunc(configuration.DasVmConfig, func(one types.ClusterDasVmConfigInfo) bool {
		return one.Key == vm
	})
}
