package main

import (
	"context"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ClosableDatastore is the simulator's own but for the method below.
type ClosableDatastore struct {
	*simulator.Datastore
	world *World
}

// addToPod brings a datastore into its datastore cluster, which is made with its first member.
func (w *World) addToPod(ctx context.Context, told Datastore) error {
	if told.Cluster == "" {
		return nil
	}
	folder := w.folders.DatastoreFolder
	known := w.registry().Get(folder.Reference()).(*simulator.Folder)
	var pod *object.StoragePod
	if found := w.registry().FindByName(told.Cluster, known.ChildEntity); found != nil {
		pod = object.NewStoragePod(w.client, found.Reference())
	} else {
		made, err := folder.CreateStoragePod(ctx, told.Cluster)
		if err != nil {
			return err
		}
		pod = made
	}
	task, err := pod.MoveInto(ctx, []Ref{w.datastores[told.Name]})
	if err != nil {
		return err
	}
	return w.wait(task)
}

// DatastoreEnterMaintenanceMode begins a task that ends once no VM is on the datastore; members of datastore clusters
// alone have that mode.
func (d *ClosableDatastore) DatastoreEnterMaintenanceMode(
	ctx *simulator.Context, call *types.DatastoreEnterMaintenanceMode,
) soap.HasFault {
	body := &methods.DatastoreEnterMaintenanceModeBody{}
	if d.Parent == nil || d.Parent.Type != "StoragePod" {
		body.Fault_ = simulator.Fault("The operation is not supported on the object.", &types.NotSupported{})
		return body
	}
	task := d.world.start(ctx, d.Datastore, "enterMaintenanceMode", func(running *Running) *Refusal {
		running.begin()
		for {
			if !running.progress(2) {
				return cancelled()
			}
			if d.closeIfEmpty(running.ctx) {
				return nil
			}
			time.Sleep(lookEvery)
		}
	})
	body.Res = &types.DatastoreEnterMaintenanceModeResponse{Returnval: types.StoragePlacementResult{Task: &task}}
	return body
}

// DatastoreExitMaintenanceModeTask takes a datastore back at once, if it was in maintenance mode.
func (d *ClosableDatastore) DatastoreExitMaintenanceModeTask(
	ctx *simulator.Context, call *types.DatastoreExitMaintenanceMode_Task,
) soap.HasFault {
	task := d.world.start(ctx, d.Datastore, "exitMaintenanceMode", func(running *Running) *Refusal {
		running.begin()
		d.world.estate.Lock()
		defer d.world.estate.Unlock()
		if d.Datastore.Summary.MaintenanceMode != string(types.DatastoreSummaryMaintenanceModeStateInMaintenance) {
			return refuse(&types.InvalidState{}, "The operation is not allowed in the current state.")
		}
		set(running.ctx, d.Datastore, to("summary.maintenanceMode", string(types.DatastoreSummaryMaintenanceModeStateNormal)))
		return nil
	})
	return &methods.DatastoreExitMaintenanceMode_TaskBody{
		Res: &types.DatastoreExitMaintenanceMode_TaskResponse{Returnval: task},
	}
}

func (d *ClosableDatastore) closeIfEmpty(ctx *simulator.Context) bool {
	d.world.estate.Lock()
	defer d.world.estate.Unlock()
	if len(d.Datastore.Vm) > 0 {
		return false
	}
	set(ctx, d.Datastore, to("summary.maintenanceMode", string(types.DatastoreSummaryMaintenanceModeStateInMaintenance)))
	return true
}
