package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

var tasksMade atomic.Int64

// Refusal is why vCenter does not do something: its fault and its words.
type Refusal struct {
	Fault   types.BaseMethodFault
	Message string
}

func refuse(fault types.BaseMethodFault, format string, values ...any) *Refusal {
	return &Refusal{Fault: fault, Message: fmt.Sprintf(format, values...)}
}

func cancelled() *Refusal {
	return refuse(&types.RequestCanceled{}, "The task was canceled by a user.")
}

// Running is a task on its way, in a goroutine of its own.
type Running struct {
	ctx  *simulator.Context
	task *simulator.Task
}

// start makes a task that work carries out. The simulator's own tasks lock their entity until they end, so that
// nobody could look at it meanwhile; this one locks nothing.
func (w *World) start(
	ctx *simulator.Context, entity mo.Entity, operation string, work func(*Running) *Refusal,
) Ref {
	task := simulator.CreateTask(entity, operation, nil)
	task.Self = Ref{Type: "Task", Value: fmt.Sprintf("task-%d", 1_000_000+tasksMade.Add(1))}
	info := &task.Info
	info.Key, info.Task, info.EntityName, info.Cancelable = task.Self.Value, task.Self, entity.Entity().Name, true
	info.Reason = &types.TaskReasonUser{UserName: ctx.Session.UserName}
	if operation == drsOperation {
		info.DescriptionId, info.Reason = operation, &types.TaskReasonSystem{}
	}
	// "A client-provided token to link an API call with a task"; here the operation id of the SOAP header.
	info.ActivationId = ctx.Header.ID
	w.registry().Put(task)
	running := &Running{ctx: own(ctx), task: task}
	w.history.tell(running.ctx, task, w)
	go func() {
		running.end(work(running))
		w.history.tell(running.ctx, task, w)
	}()
	return task.Self
}

// begin tells that it has left the queue.
func (r *Running) begin() {
	r.change(
		to("info.startTime", time.Now()), to("info.state", types.TaskInfoStateRunning), to("info.progress", int32(0)),
	)
}

// progress tells how far it has come and answers whether it may go on.
func (r *Running) progress(percent int) bool {
	return r.change(to("info.progress", int32(percent)))
}

// finish does the last thing and ends well: both, or neither if it was cancelled.
func (r *Running) finish(last func()) (finished bool) {
	r.ctx.WithLock(r.task, func() {
		if finished = !r.hasEnded(); finished {
			last()
			r.ctx.Update(r.task, endedWell())
		}
	})
	return finished
}

func (r *Running) end(refusal *Refusal) {
	if refusal == nil {
		r.change(endedWell()...)
		return
	}
	fault := types.LocalizedMethodFault{Fault: refusal.Fault, LocalizedMessage: refusal.Message}
	r.change(
		to("info.completeTime", time.Now()), to("info.error", fault), to("info.state", types.TaskInfoStateError),
	)
}

func endedWell() []types.PropertyChange {
	return []types.PropertyChange{
		to("info.completeTime", time.Now()), to("info.progress", int32(100)),
		to("info.state", types.TaskInfoStateSuccess),
	}
}

func (r *Running) hasEnded() bool {
	return r.task.Info.State == types.TaskInfoStateError || r.task.Info.State == types.TaskInfoStateSuccess
}

// change answers false for a task that has ended, because it was cancelled: then nothing changes any more.
func (r *Running) change(changes ...types.PropertyChange) (changed bool) {
	r.ctx.WithLock(r.task, func() {
		if changed = !r.hasEnded(); changed {
			r.ctx.Update(r.task, changes)
		}
	})
	return changed
}
