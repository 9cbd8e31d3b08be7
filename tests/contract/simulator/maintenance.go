package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const lookEvery = 10 * time.Millisecond

// Entry is one EnterMaintenanceMode_Task: it ends once nothing runs on the host any more.
type Entry struct {
	world    *World
	host     *simulator.HostSystem
	timeoutS int32        // 0: none
	takesAll bool         // what does not run has to leave, too
	started  map[Ref]bool // VMs that DRS is moving away; guarded by the estate
}

func (e *Entry) run(running *Running) *Refusal {
	running.begin()
	e.mark(true)
	defer e.mark(false)
	for began := time.Now(); ; time.Sleep(lookEvery) {
		if !running.progress(2) {
			return cancelled()
		}
		e.evacuate(running)
		if e.enterIfEmpty(running.ctx) {
			return nil
		}
		if e.timeoutS > 0 && time.Since(began) > time.Duration(e.timeoutS)*time.Second {
			return refuse(&types.Timedout{}, "Operation timed out.")
		}
	}
}

func (e *Entry) mark(entering bool) {
	e.world.estate.Lock()
	defer e.world.estate.Unlock()
	if entering {
		e.world.entering[e.host.Self] = true
	} else {
		delete(e.world.entering, e.host.Self)
	}
}

func (e *Entry) enterIfEmpty(ctx *simulator.Context) bool {
	e.world.estate.Lock()
	defer e.world.estate.Unlock()
	if len(e.world.runningOn(e.host)) > 0 || e.takesAll && len(e.host.Vm) > 0 {
		return false
	}
	set(ctx, e.host, to("runtime.inMaintenanceMode", true))
	return true
}

// Exit is one ExitMaintenanceMode_Task.
type Exit struct {
	world *World
	host  *simulator.HostSystem
}

func (e *Exit) run(running *Running) *Refusal {
	running.begin()
	e.world.estate.Lock()
	defer e.world.estate.Unlock()
	if !e.host.Runtime.InMaintenanceMode {
		return refuse(&types.InvalidState{}, "The operation is not allowed in the current state.")
	}
	set(running.ctx, e.host, to("runtime.inMaintenanceMode", false))
	e.world.cameBack(e.host)
	return nil
}
