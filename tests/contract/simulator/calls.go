package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// What the simulator answers to anybody although vCenter asks for a login.
var openToAnybody = map[string]bool{
	"RetrieveProperties": true, "RetrievePropertiesEx": true, "Fetch": true,
	"LoginByToken": true, "LoginExtensionByCertificate": true, "CloneSession": true,
}

// VirtualMachine and HostSystem are the simulator's own but for the methods below.
type VirtualMachine struct {
	*simulator.VirtualMachine
	world *World
}

// HostSystem see VirtualMachine.
type HostSystem struct {
	*simulator.HostSystem
	world *World
}

// intercept is asked before every call. What it puts into the session's registry answers in the object's place; the
// main registry is left alone, because the simulator asserts its own types there.
func (w *World) intercept(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil {
		if openToAnybody[method.Name] {
			return nil, &types.NotAuthenticated{NoPermission: types.NoPermission{
				Object: &method.This, PrivilegeId: "System.View",
			}}
		}
		return nil, nil
	}
	var ours mo.Reference
	switch object := w.registry().Get(method.This).(type) {
	case *simulator.VirtualMachine:
		if method.Name == "RelocateVM_Task" {
			ours = &VirtualMachine{object, w}
		}
	case *simulator.VmProvisioningChecker:
		if method.Name == "CheckRelocate_Task" {
			ours = &ProvisioningChecker{object, w}
		}
	case *simulator.PropertyCollector:
		if method.Name == "CreatePropertyCollector" {
			ours = &PropertyCollector{PropertyCollector: object}
		}
	case *simulator.Datastore:
		if strings.Contains(method.Name, "MaintenanceMode") {
			ours = &ClosableDatastore{object, w}
		}
	case *simulator.PerformanceManager:
		if method.Name == "QueryPerf" {
			ours = &PerformanceManager{object, w}
		}
	case *simulator.HostSystem:
		if strings.Contains(method.Name, "MaintenanceMode") {
			ours = &HostSystem{object, w}
		}
	}
	_, isTheirs := ctx.Session.Registry.Get(method.This).(*simulator.PropertyCollector) // each session has one already
	if ours != nil && (isTheirs || ctx.Session.Registry.Get(method.This) == nil) {
		ctx.Session.Registry.Put(ours)
	}
	return nil, nil
}

// RelocateVMTask takes the time it was told to take and moves the VM at its end.
func (v *VirtualMachine) RelocateVMTask(ctx *simulator.Context, call *types.RelocateVM_Task) soap.HasFault {
	body := &methods.RelocateVM_TaskBody{}
	if contains(v.DisabledMethod, "RelocateVM_Task") {
		body.Fault_ = simulator.Fault("The method is disabled.", &types.MethodDisabled{})
		return body
	}
	if call.Spec.Service != nil {
		departure := &Departure{world: v.world, vm: v.VirtualMachine, spec: &call.Spec}
		task := v.world.start(ctx, v.VirtualMachine, "relocate", departure.run)
		body.Res = &types.RelocateVM_TaskResponse{Returnval: task}
		return body
	}
	if missing := v.world.missing(&call.Spec); missing != nil {
		body.Fault_ = simulator.Fault(
			"The object has already been deleted or has not been completely created.",
			&types.ManagedObjectNotFound{Obj: *missing},
		)
		return body
	}
	relocation := &Relocation{world: v.world, vm: v.VirtualMachine, spec: &call.Spec}
	task := v.world.start(ctx, v.VirtualMachine, "relocate", relocation.run)
	body.Res = &types.RelocateVM_TaskResponse{Returnval: task}
	return body
}

// missing returns what a spec names and does not exist; the simulator would die of it.
func (w *World) missing(spec *types.VirtualMachineRelocateSpec) *Ref {
	named := []*Ref{spec.Host, spec.Datastore, spec.Pool, spec.Folder}
	for i := range spec.Disk {
		named = append(named, &spec.Disk[i].Datastore)
	}
	for _, ref := range named {
		if ref != nil && w.registry().Get(*ref) == nil {
			return ref
		}
	}
	return nil
}

// ExitMaintenanceModeTask takes a host back at once.
func (h *HostSystem) ExitMaintenanceModeTask(ctx *simulator.Context, call *types.ExitMaintenanceMode_Task) soap.HasFault {
	exit := &Exit{world: h.world, host: h.HostSystem}
	task := h.world.start(ctx, h.HostSystem, "exitMaintenanceMode", exit.run)
	return &methods.ExitMaintenanceMode_TaskBody{Res: &types.ExitMaintenanceMode_TaskResponse{Returnval: task}}
}

// EnterMaintenanceModeTask waits until nothing runs on the host, as vCenter does, and lets DRS empty it.
func (h *HostSystem) EnterMaintenanceModeTask(ctx *simulator.Context, call *types.EnterMaintenanceMode_Task) soap.HasFault {
	takesAll := call.EvacuatePoweredOffVms != nil && *call.EvacuatePoweredOffVms
	entry := &Entry{
		world: h.world, host: h.HostSystem, timeoutS: call.Timeout, takesAll: takesAll, started: map[Ref]bool{},
	}
	task := h.world.start(ctx, h.HostSystem, "enterMaintenanceMode", entry.run)
	return &methods.EnterMaintenanceMode_TaskBody{Res: &types.EnterMaintenanceMode_TaskResponse{Returnval: task}}
}
