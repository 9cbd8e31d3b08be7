package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	drsOperation = "Drm.ExecuteVMotionLRO" // how vCenter's task list calls a migration that DRS made
	drsAtOnce    = 8
)

// evacuate starts what a fully automated DRS moves away next from a host that enters maintenance mode, each VM by a
// task of its own; nothing in other clusters. Unlike the real one it knows no rules and no overrides of single VMs.
func (e *Entry) evacuate(running *Running) {
	e.world.estate.Lock()
	defer e.world.estate.Unlock()
	if !e.world.isSteeredByDRS(e.host) {
		return
	}
	leaving := 0
	for _, ref := range e.host.Vm {
		if _, busy := e.world.relocated[ref]; busy {
			leaving++
		}
	}
	ctx := own(running.ctx)
	ctx.Header.ID = "" // nobody's operation but vCenter's own
	for _, ref := range e.host.Vm {
		vm, there := find[*simulator.VirtualMachine](e.world, &ref)
		if _, busy := e.world.relocated[ref]; !there || busy || e.started[ref] || leaving >= drsAtOnce || !e.takes(vm) {
			continue
		}
		if goal := e.goal(vm); goal != nil {
			e.started[ref] = true
			leaving++
			relocation := &Relocation{world: e.world, vm: vm, spec: &types.VirtualMachineRelocateSpec{Host: &goal.Self}}
			e.world.start(ctx, vm, drsOperation, func(moving *Running) *Refusal {
				defer e.ended(ref)
				return relocation.run(moving)
			})
		}
	}
}

func (e *Entry) ended(vm Ref) {
	e.world.estate.Lock()
	defer e.world.estate.Unlock()
	delete(e.started, vm)
}

// takes tells whether DRS takes a VM along: templates stay, and what does not run goes only if that was asked for.
func (e *Entry) takes(vm *simulator.VirtualMachine) bool {
	if vm.Config.Template {
		return false
	}
	return e.takesAll || vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
}

// goal is the host of the cluster that takes the VM and has the fewest, nil if none does.
func (e *Entry) goal(vm *simulator.VirtualMachine) *simulator.HostSystem {
	var best *simulator.HostSystem
	fewest := 0
	for _, entity := range e.world.registry().All("HostSystem") {
		host := entity.(*simulator.HostSystem)
		if host == e.host || *host.Parent != *e.host.Parent {
			continue
		}
		relocation := &Relocation{world: e.world, vm: vm, spec: &types.VirtualMachineRelocateSpec{Host: &host.Self}}
		vms := len(host.Vm) + e.world.units[host.Self]
		if relocation.refusal() == nil && (best == nil || vms < fewest) {
			best, fewest = host, vms
		}
	}
	return best
}

func (w *World) isSteeredByDRS(host *simulator.HostSystem) bool {
	cluster, is := find[*simulator.ClusterComputeResource](w, host.Parent)
	if !is {
		return false
	}
	drs := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).DrsConfig
	return drs.Enabled != nil && *drs.Enabled && drs.DefaultVmBehavior == types.DrsBehaviorFullyAutomated
}
