package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ProvisioningChecker answers as the relocation itself would be answered.
type ProvisioningChecker struct {
	*simulator.VmProvisioningChecker
	world *World
}

// CheckRelocateTask ends with what speaks against a relocation.
func (c *ProvisioningChecker) CheckRelocateTask(ctx *simulator.Context, call *types.CheckRelocate_Task) soap.HasFault {
	body := &methods.CheckRelocate_TaskBody{}
	vm, known := c.world.registry().Get(call.Vm).(*simulator.VirtualMachine)
	if c.world.document.NoCheck || !known {
		body.Fault_ = simulator.Fault("The operation is not supported on the object.", &types.NotSupported{})
		return body
	}
	result := types.CheckResult{Vm: &call.Vm, Host: call.Spec.Host}
	if refusal := c.refusal(vm, &call.Spec); refusal != nil {
		result.Error = []types.LocalizedMethodFault{{Fault: refusal.Fault, LocalizedMessage: refusal.Message}}
	}
	if told := c.world.document.Warning; told != "" {
		fault := &types.GenericVmConfigFault{Reason: told}
		result.Warning = []types.LocalizedMethodFault{{Fault: fault, LocalizedMessage: told}}
	}
	entity := mo.Entity(vm)
	task := c.world.start(ctx, entity, "checkRelocate", func(running *Running) *Refusal {
		running.begin()
		time.Sleep(c.world.migration / 10)
		running.change(to("info.result", types.ArrayOfCheckResult{CheckResult: []types.CheckResult{result}}))
		return nil
	})
	body.Res = &types.CheckRelocate_TaskResponse{Returnval: task}
	return body
}

func (c *ProvisioningChecker) refusal(vm *simulator.VirtualMachine, spec *types.VirtualMachineRelocateSpec) *Refusal {
	if contains(vm.DisabledMethod, "RelocateVM_Task") {
		return refuse(&types.MethodDisabled{}, "The method is disabled.")
	}
	if spec.Service != nil {
		return (&Departure{world: c.world, vm: vm, spec: spec}).ask(true)
	}
	if missing := c.world.missing(spec); missing != nil {
		return refuse(&types.ManagedObjectNotFound{Obj: *missing}, "The object has already been deleted.")
	}
	c.world.estate.Lock()
	defer c.world.estate.Unlock()
	return (&Relocation{world: c.world, vm: vm, spec: spec}).refusal()
}
