package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// refusal is why vCenter would not relocate now, nil if it would; called with the estate locked. The kinds of the
// faults are those of the vSphere API's fault tree; which one a real vCenter prefers was not verified.
func (r *Relocation) refusal() *Refusal {
	goal, there := find[*simulator.HostSystem](r.world, r.spec.Host)
	if !there {
		goal, _ = find[*simulator.HostSystem](r.world, r.vm.Runtime.Host)
	}
	changesHost := *r.vm.Runtime.Host != goal.Self
	checks := []func(*simulator.HostSystem) *Refusal{r.refusedByState, r.refusedByDatastores, r.refusedBySpace}
	if changesHost {
		checks = append(checks, r.refusedByNetworks, r.refusedByPool)
		if r.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			checks = append(checks, r.refusedByVMotion, r.refusedByFeatures, r.refusedByRoom)
		}
	}
	for _, check := range checks {
		if refusal := check(goal); refusal != nil {
			return refusal
		}
	}
	return nil
}

func (r *Relocation) refusedByState(goal *simulator.HostSystem) *Refusal {
	if goal.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
		return refuse(&types.HostNotConnected{}, "Host %s is %s.", goal.Name, goal.Runtime.ConnectionState)
	}
	if goal.Runtime.InMaintenanceMode || r.world.entering[goal.Self] {
		return refuse(&types.InvalidHostState{Host: &goal.Self}, "Host %s is in maintenance mode.", goal.Name)
	}
	return nil
}

func (r *Relocation) refusedByDatastores(goal *simulator.HostSystem) *Refusal {
	wanted, goals := []Ref{r.home()}, r.goals()
	for _, disk := range disksIn(r.vm.Config.Hardware.Device) {
		after, moves := goals[disk.Key]
		if !moves {
			after = *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Datastore
		}
		wanted = append(wanted, after)
	}
	for _, ref := range wanted {
		if !holds(goal.Datastore, ref) {
			fault := &types.DatastoreNotWritableOnHost{Host: goal.Self}
			fault.Datastore = &ref
			return refuse(fault, "Datastore %s is not accessible from host %s.", ref.Value, goal.Name)
		}
	}
	return nil
}

func (r *Relocation) refusedBySpace(*simulator.HostSystem) *Refusal {
	needed, goals := map[Ref]int64{}, r.goals()
	for _, disk := range disksIn(r.vm.Config.Hardware.Device) {
		after, moves := goals[disk.Key]
		if moves && after != *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Datastore {
			needed[after] += disk.CapacityInBytes
		}
	}
	for ref, bytes := range needed {
		datastore, _ := find[*simulator.Datastore](r.world, &ref)
		if bytes > datastore.Summary.FreeSpace {
			return refuse(&types.InsufficientStorageSpace{}, "Insufficient disk space on %s.", datastore.Name)
		}
	}
	return nil
}

func (r *Relocation) refusedByNetworks(goal *simulator.HostSystem) *Refusal {
	for _, ref := range r.networksAfter() {
		if !holds(goal.Network, ref) {
			return refuse(&types.CannotAccessNetwork{}, "Network %s is not accessible from host %s.", ref.Value, goal.Name)
		}
	}
	return nil
}

func (r *Relocation) refusedByPool(goal *simulator.HostSystem) *Refusal {
	from, _ := find[*simulator.HostSystem](r.world, r.vm.Runtime.Host)
	if *from.Parent != *goal.Parent && r.spec.Pool == nil && r.vm.ResourcePool != nil {
		return refuse(&types.InvalidArgument{InvalidProperty: "spec.pool"}, "A specified parameter was not correct: spec.pool")
	}
	return nil
}

func (r *Relocation) refusedByVMotion(goal *simulator.HostSystem) *Refusal {
	from, _ := find[*simulator.HostSystem](r.world, r.vm.Runtime.Host)
	for _, host := range []*simulator.HostSystem{from, goal} {
		if host != nil && !host.Summary.Config.VmotionEnabled {
			fault := &types.VMotionInterfaceIssue{AtSourceHost: host == from, FailedHost: host.Name, FailedHostEntity: &host.Self}
			return refuse(fault, "The vMotion interface is not configured on host %s.", host.Name)
		}
	}
	return nil
}

func (r *Relocation) refusedByFeatures(goal *simulator.HostSystem) *Refusal {
	offered := map[string]int{}
	for _, capability := range goal.Config.FeatureCapability {
		offered[capability.Key] = number(capability.Value)
	}
	for _, need := range r.vm.Runtime.FeatureRequirement {
		parts := strings.Split(need.Value, ":") // such as Bool:Min:1
		has, wanted := offered[need.Key], number(parts[len(parts)-1])
		if parts[1] == "Min" && has < wanted || parts[1] == "Max" && has > wanted || parts[1] == "Equal" && has != wanted {
			fault := &types.FeatureRequirementsNotMet{Vm: &r.vm.Self, Host: &goal.Self}
			fault.FeatureRequirement = []types.VirtualMachineFeatureRequirement{need}
			return refuse(fault, "Host %s does not offer %s = %s.", goal.Name, need.Key, need.Value)
		}
	}
	return nil
}

func (r *Relocation) refusedByRoom(goal *simulator.HostSystem) *Refusal {
	needed := int64(r.vm.Config.Hardware.MemoryMB) << 20
	for _, vm := range r.world.runningOn(goal) {
		needed += int64(vm.Config.Hardware.MemoryMB) << 20
	}
	if offered := goal.Summary.Hardware.MemorySize; needed > offered {
		fault := &types.InsufficientMemoryResourcesFault{Requested: needed, Unreserved: offered}
		return refuse(fault, "Host %s has no room for the memory of %s.", goal.Name, r.vm.Name)
	}
	return nil
}

func number(text string) (value int) {
	_, _ = fmt.Sscan(text, &value)
	return value
}
