package main

import (
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const steps = 20 // of progress

// Relocation is one RelocateVM_Task.
type Relocation struct {
	world *World
	vm    *simulator.VirtualMachine
	spec  *types.VirtualMachineRelocateSpec
}

func (r *Relocation) run(running *Running) *Refusal {
	if refusal := r.admit(running.task.Self); refusal != nil {
		running.begin()
		return refusal
	}
	defer r.release()
	units := r.queue(running)
	if units == nil {
		return cancelled()
	}
	defer r.giveBack(units)
	running.begin()
	r.tellStart(running.ctx)
	for step := 1; step <= steps; step++ {
		time.Sleep(r.world.migration / steps)
		if !running.progress(min(99, 100*step/steps)) {
			return cancelled()
		}
		if step == steps/2 && r.spec.Host != nil && holds(r.world.breaking[r.vm.Self], *r.spec.Host) {
			return refuse(&types.MigrationFault{}, "The migration failed on its way.")
		}
	}
	r.world.estate.Lock()
	defer r.world.estate.Unlock()
	if refusal := r.refusal(); refusal != nil { // the estate may have changed meanwhile
		return refusal
	}
	if !running.finish(func() { r.arrive(running.ctx) }) {
		return cancelled()
	}
	return nil
}

func (r *Relocation) admit(task Ref) *Refusal {
	r.world.estate.Lock()
	defer r.world.estate.Unlock()
	if other, busy := r.world.relocated[r.vm.Self]; busy {
		return refuse(&types.TaskInProgress{Task: other}, "Another task is already in progress.")
	}
	if refusal := r.refusal(); refusal != nil {
		return refusal
	}
	r.world.relocated[r.vm.Self] = task
	return nil
}

func (r *Relocation) release() {
	r.world.estate.Lock()
	defer r.world.estate.Unlock()
	delete(r.world.relocated, r.vm.Self)
}

// arrive is called with the estate locked.
func (r *Relocation) arrive(ctx *simulator.Context) {
	var changes []types.PropertyChange
	r.leaveCluster()
	if from, there := find[*simulator.HostSystem](r.world, r.vm.Runtime.Host); there && r.spec.Host != nil {
		goal, _ := find[*simulator.HostSystem](r.world, r.spec.Host)
		set(ctx, from, to("vm", without(from.Vm, r.vm.Self)))
		set(ctx, goal, to("vm", with(goal.Vm, r.vm.Self)))
		changes = append(changes, to("runtime.host", r.spec.Host), to("summary.runtime.host", r.spec.Host))
	}
	if r.spec.Pool != nil && r.vm.ResourcePool != nil {
		if from, there := find[*simulator.ResourcePool](r.world, r.vm.ResourcePool); there {
			set(ctx, from, to("vm", without(from.Vm, r.vm.Self)))
		}
		if goal, there := find[*simulator.ResourcePool](r.world, r.spec.Pool); there {
			set(ctx, goal, to("vm", with(goal.Vm, r.vm.Self)))
		}
		changes = append(changes, to("resourcePool", r.spec.Pool))
	}
	changes = append(changes, r.reconnect()...)
	changes = append(changes, r.moveDisks(ctx)...) // with the adapters as they are now
	changes = append(changes, r.moveFolder(ctx)...)
	if len(changes) > 0 {
		set(ctx, r.vm, changes...)
	}
	r.world.tellLoad(ctx)
}

// moveDisks moves the disks that the spec names, or all of them with its datastore, and their space with them.
func (r *Relocation) moveDisks(ctx *simulator.Context) []types.PropertyChange {
	goals := r.goals()
	if len(goals) == 0 && r.spec.Datastore == nil {
		return nil
	}
	devices := copied(r.devicesAfter())
	for _, disk := range disksIn(devices) {
		goal, moves := goals[disk.Key]
		backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !moves || *backing.Datastore == goal {
			continue
		}
		from, _ := find[*simulator.Datastore](r.world, backing.Datastore)
		there, _ := find[*simulator.Datastore](r.world, &goal)
		set(ctx, from, to("summary.freeSpace", from.Summary.FreeSpace+disk.CapacityInBytes))
		set(ctx, there, to("summary.freeSpace", there.Summary.FreeSpace-disk.CapacityInBytes))
		backing.FileName = strings.Replace(backing.FileName, "["+from.Name+"]", "["+there.Name+"]", 1)
		backing.Datastore = &goal
		r.convert(disk.Key, backing)
		r.copyParents(disk.Key, backing)
	}
	home := r.home()
	after := []Ref{home}
	for _, disk := range disksIn(devices) {
		after = with(after, *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Datastore)
	}
	for _, ref := range append(append([]Ref{}, r.vm.Datastore...), after...) {
		datastore, _ := find[*simulator.Datastore](r.world, &ref)
		vms := without(datastore.Vm, r.vm.Self)
		if holds(after, ref) {
			vms = with(vms, r.vm.Self)
		}
		set(ctx, datastore, to("vm", vms))
	}
	return []types.PropertyChange{
		to("config.hardware.device", devices), to("datastore", after),
		to("config.files.vmPathName", r.pathOn(home)), to("summary.config.vmPathName", r.pathOn(home)),
	}
}

// goals are the disks' datastores by device key.
func (r *Relocation) goals() map[int32]Ref {
	goals := map[int32]Ref{}
	if r.spec.Datastore != nil {
		for _, disk := range disksIn(r.vm.Config.Hardware.Device) {
			goals[disk.Key] = *r.spec.Datastore
		}
	}
	for _, located := range r.spec.Disk {
		goals[located.DiskId] = located.Datastore
	}
	return goals
}

// home is where the configuration files are afterwards.
func (r *Relocation) home() Ref {
	if r.spec.Datastore != nil {
		return *r.spec.Datastore
	}
	for _, ref := range r.vm.Datastore {
		datastore, _ := find[*simulator.Datastore](r.world, &ref)
		if strings.HasPrefix(r.vm.Config.Files.VmPathName, "["+datastore.Name+"]") {
			return ref
		}
	}
	return r.vm.Datastore[0]
}

func (r *Relocation) pathOn(home Ref) string {
	datastore, _ := find[*simulator.Datastore](r.world, &home)
	_, path, _ := strings.Cut(r.vm.Config.Files.VmPathName, "]")
	return "[" + datastore.Name + "]" + path
}

func (r *Relocation) tellStart(ctx *simulator.Context) {
	if r.spec.Host == nil {
		return
	}
	goal, _ := find[*simulator.HostSystem](r.world, r.spec.Host)
	vm := &types.VmEventArgument{Vm: r.vm.Self}
	vm.Name = r.vm.Name
	destination := types.HostEventArgument{Host: goal.Self}
	destination.Name = goal.Name
	event := types.VmEvent{Event: types.Event{Vm: vm}}
	var told types.BaseEvent = &types.VmBeingMigratedEvent{VmEvent: event, DestHost: destination}
	if r.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		told = &types.VmBeingHotMigratedEvent{VmEvent: event, DestHost: destination}
	}
	events := r.world.registry().EventManager()
	ctx.WithLock(events, func() { events.PostEvent(ctx, &types.PostEvent{EventToPost: told}) })
}
