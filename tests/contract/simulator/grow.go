package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const firstCopied = 1_000_000 // ids below it are the simulator's own

// grow makes further clusters like each of those that there are, with as many hosts and VMs: at the level of the
// registry, because tens of thousands of calls would take many minutes. Copies share their rules' absence, their
// datastores and their networks; what they share is never changed in place.
func (w *World) grow(copies int) {
	next := firstCopied
	id := func(kind string) string {
		next++
		return fmt.Sprintf("%s-%d", kind, next)
	}
	hostFolder := w.registry().Get(w.folders.HostFolder.Reference()).(*simulator.Folder)
	vmFolder := w.registry().Get(w.folders.VmFolder.Reference()).(*simulator.Folder)
	for _, entity := range w.registry().All("ClusterComputeResource") {
		cluster := entity.(*simulator.ClusterComputeResource)
		pool := w.registry().Get(*cluster.ResourcePool).(*simulator.ResourcePool)
		for number := 1; number <= copies; number++ {
			copied := &simulator.ClusterComputeResource{ClusterComputeResource: cluster.ClusterComputeResource}
			copied.Self.Value, copied.Name = id("domain-c"), fmt.Sprintf("%s-%03d", cluster.Name, number)
			copied.Host = nil
			root := &simulator.ResourcePool{ResourcePool: pool.ResourcePool}
			root.Self.Value, root.Owner, root.Parent, root.Vm = id("resgroup"), copied.Self, &copied.Self, nil
			copied.ResourcePool = &root.Self
			for _, ref := range cluster.Host {
				w.copyHost(ref, copied, root, vmFolder, id, number)
			}
			w.registry().Put(root)
			w.registry().Put(copied)
			hostFolder.ChildEntity = append(hostFolder.ChildEntity, copied.Self)
		}
	}
}

func (w *World) copyHost(
	ref Ref, cluster *simulator.ClusterComputeResource, root *simulator.ResourcePool, folder *simulator.Folder,
	id func(string) string, number int,
) {
	host := w.registry().Get(ref).(*simulator.HostSystem)
	copied := &simulator.HostSystem{HostSystem: host.HostSystem}
	hardware := *host.Summary.Hardware
	hardware.Uuid = uuid.NewString()
	copied.Self.Value, copied.Name = id("host"), fmt.Sprintf("%s-%03d", host.Name, number)
	copied.Summary.Hardware, copied.Summary.Host, copied.Parent = &hardware, &copied.Self, &cluster.Self
	copied.Vm = nil
	for _, vmRef := range host.Vm {
		vm := w.registry().Get(vmRef).(*simulator.VirtualMachine)
		twin := &simulator.VirtualMachine{VirtualMachine: copyOf(vm.VirtualMachine)}
		twin.Self.Value, twin.Name = id("vm"), fmt.Sprintf("%s-%03d", vm.Name, number)
		twin.Config.Name, twin.Config.InstanceUuid, twin.Config.Uuid = twin.Name, uuid.NewString(), uuid.NewString()
		twin.Runtime.Host, twin.ResourcePool, twin.RecentTask = &copied.Self, &root.Self, nil
		w.registry().Put(twin)
		copied.Vm, root.Vm = append(copied.Vm, twin.Self), append(root.Vm, twin.Self)
		folder.ChildEntity = append(folder.ChildEntity, twin.Self)
	}
	w.registry().Put(copied)
	cluster.Host = append(cluster.Host, copied.Self)
}

// copyOf shares what is the same for all twins: devices, layout and datastores.
func copyOf(vm mo.VirtualMachine) mo.VirtualMachine {
	configuration := types.VirtualMachineConfigInfo{}
	if vm.Config != nil {
		configuration = *vm.Config
	}
	vm.Config = &configuration
	return vm
}
