package main

import (
	"errors"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	buildingLookEvery = 200 * time.Microsecond
	builtBefore       = 24 * time.Hour
)

// wait returns once a task has ended, sooner than the API would tell.
func (w *World) wait(task *object.Task) error {
	_, err := w.result(task)
	return err
}

// made returns what a task has made.
func (w *World) made(task *object.Task) (Ref, error) {
	result, err := w.result(task)
	if err != nil {
		return Ref{}, err
	}
	ref, is := result.(Ref)
	if !is {
		return Ref{}, errors.New(task.Name() + " has made nothing")
	}
	return ref, nil
}

func (w *World) result(task *object.Task) (result any, err error) {
	known := w.registry().Get(task.Reference()).(*simulator.Task)
	ctx := own(w.model.Service.Context)
	for ended := false; !ended; time.Sleep(buildingLookEvery) {
		ctx.WithLock(known, func() {
			switch known.Info.State {
			case types.TaskInfoStateSuccess:
				ended, result = true, known.Info.Result
			case types.TaskInfoStateError:
				ended, err = true, errors.New(known.Info.DescriptionId+": "+known.Info.Error.LocalizedMessage)
			}
		})
	}
	return result, err
}

// backdate lets the estate have been built yesterday: its tasks are history, and no longer recent.
func (w *World) backdate() {
	for _, object := range w.registry().AllReference("Task") {
		info := &object.(*simulator.Task).Info
		info.QueueTime = info.QueueTime.Add(-builtBefore)
		for _, moment := range []*time.Time{info.StartTime, info.CompleteTime} {
			if moment != nil {
				*moment = moment.Add(-builtBefore)
			}
		}
		if entity, is := w.registry().Get(*info.Entity).(mo.Entity); is {
			entity.Entity().RecentTask = nil
		}
	}
	w.registry().Get(*w.client.ServiceContent.TaskManager).(*simulator.TaskManager).RecentTask = nil
}

// mendEvents replaces a message of which govmomi v0.52.0's own template cannot be parsed: posting its event would
// end the process.
func mendEvents(model *simulator.Model) {
	described := model.Map().EventManager().Description.EventInfo
	for i := range described {
		if described[i].Key == "VmBeingMigratedEvent" {
			described[i].FullFormat = "Relocating {{.Vm.Name}} to {{.DestHost.Name}}"
		}
	}
}
