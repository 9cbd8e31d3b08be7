package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Ref is the address of a managed object.
type Ref = types.ManagedObjectReference

// World is the simulated vCenter and what its estate's names stand for.
type World struct {
	model     *simulator.Model
	client    *vim25.Client             // calls the API in this process, without a session
	folders   *object.DatacenterFolders // of the first data centre
	centers   map[string]*object.DatacenterFolders
	document  *Document
	directory string // what datastores hold
	migration time.Duration
	history   *TaskHistory

	clusters   map[string]Ref
	pools      map[string]Ref // "cluster" and "cluster/pool"; "host" for hosts that stand alone
	networks   map[string]Ref
	datastores map[string]Ref
	hosts      map[string]Ref
	vms        map[string]Ref

	latencyMS     map[Ref]int64 // of datastores, where samples tell it
	diskLatencyMS map[Ref]int64 // of hosts' slowest disks

	// Guards everything that a relocation reads and changes. Never taken while an object is locked.
	estate    sync.Mutex
	relocated map[Ref]Ref          // VMs in a relocation, and its task
	units     map[Ref]int          // taken of each host
	breaking  map[Ref][]Ref        // of VMs, hosts half-way to which their migrations fail
	entering  map[Ref]bool         // hosts that are entering maintenance mode
	rebuilt   map[string]time.Time // by cluster, when everything is rebuilt after its last host came back
}

func (w *World) registry() *simulator.Registry { return w.model.Map() }

func (w *World) context() context.Context { return w.model.Service.Context }

func (w *World) remove() {
	w.model.Remove()
	_ = os.RemoveAll(w.directory)
}

// find returns the simulator's object at a reference.
func find[T mo.Reference](w *World, ref *Ref) (found T, ok bool) {
	if ref == nil {
		return found, false
	}
	found, ok = w.registry().Get(*ref).(T)
	return found, ok
}

// own returns a context of its own for a goroutine: locks are held on behalf of contexts.
func own(ctx *simulator.Context) *simulator.Context {
	copied := *ctx
	return &copied
}

// set changes properties of an object, seen by every property collector; each change is a path and its value.
func set(ctx *simulator.Context, of mo.Reference, changes ...types.PropertyChange) {
	ctx.WithLock(of, func() { ctx.Update(of, changes) })
}

func to(path string, value any) types.PropertyChange {
	return types.PropertyChange{Name: path, Val: value}
}

func with(refs []Ref, added Ref) []Ref {
	return append(without(refs, added), added)
}

func without(refs []Ref, removed Ref) []Ref {
	kept := make([]Ref, 0, len(refs)+1)
	for _, ref := range refs {
		if ref != removed {
			kept = append(kept, ref)
		}
	}
	return kept
}
