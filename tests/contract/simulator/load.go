package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// What the hypervisor itself takes.
const (
	hypervisorMHz = 150
	hypervisorMiB = 1500
)

// tellLoad makes each host's load that of the VMs that run on it.
func (w *World) tellLoad(ctx *simulator.Context) {
	for _, entity := range w.registry().All("HostSystem") {
		host := entity.(*simulator.HostSystem)
		cpu, memory := int32(hypervisorMHz), int32(hypervisorMiB)
		for _, vm := range w.runningOn(host) {
			cpu += vm.Summary.QuickStats.OverallCpuUsage
			memory += vm.Summary.QuickStats.HostMemoryUsage
		}
		set(ctx, host,
			to("summary.quickStats.overallCpuUsage", cpu), to("summary.quickStats.overallMemoryUsage", memory))
	}
}

func (w *World) runningOn(host *simulator.HostSystem) []*simulator.VirtualMachine {
	var running []*simulator.VirtualMachine
	for _, ref := range host.Vm {
		vm, there := find[*simulator.VirtualMachine](w, &ref)
		if there && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			running = append(running, vm)
		}
	}
	return running
}
