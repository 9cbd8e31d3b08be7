package main

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	lookAgain = 20 * time.Millisecond
	longest   = time.Hour // for who names no time to wait
	mostAPage = 100       // vCenter's own limit, whatever is asked for
)

// PropertyCollector tells updates in time that grows with what has changed. The simulator's own collects everything
// anew for each change and each filter: a minute of moves at forty VMs took it half a minute to tell.
type PropertyCollector struct {
	*simulator.PropertyCollector
	mutex   sync.Mutex
	filters []*filter
	touched map[Ref]bool
	removed map[Ref]bool
	isNew   bool // something may have entered
	version int
	pending []types.PropertyFilterUpdate
}

// filter remembers fingerprints of the values it has told.
type filter struct {
	ref  Ref
	spec types.PropertyFilterSpec
	told map[Ref]map[string]uint64
}

// CreatePropertyCollector gives the session a collector of this kind.
func (c *PropertyCollector) CreatePropertyCollector(
	ctx *simulator.Context, _ *types.CreatePropertyCollector,
) soap.HasFault {
	created := &PropertyCollector{PropertyCollector: &simulator.PropertyCollector{}}
	return &methods.CreatePropertyCollectorBody{
		Res: &types.CreatePropertyCollectorResponse{Returnval: ctx.Session.Put(created).Reference()},
	}
}

// CreateFilter remembers what is to be followed.
func (c *PropertyCollector) CreateFilter(ctx *simulator.Context, call *types.CreateFilter) soap.HasFault {
	answer := c.PropertyCollector.CreateFilter(ctx, call)
	if body, is := answer.(*methods.CreateFilterBody); is && body.Res != nil {
		c.filters = append(c.filters, &filter{ref: body.Res.Returnval, spec: call.Spec})
	}
	return answer
}

// PutObject is told by the registry; so are UpdateObject and RemoveObject.
func (c *PropertyCollector) PutObject(_ *simulator.Context, _ mo.Reference) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isNew = true
}

func (c *PropertyCollector) UpdateObject(_ *simulator.Context, object mo.Reference, _ []types.PropertyChange) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.touched[object.Reference()] = true
}

func (c *PropertyCollector) RemoveObject(_ *simulator.Context, ref Ref) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.removed[ref] = true
}

// WaitForUpdatesEx answers everything at first and then what has changed, a page at a time.
func (c *PropertyCollector) WaitForUpdatesEx(ctx *simulator.Context, call *types.WaitForUpdatesEx) soap.HasFault {
	body := &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{}}
	page, end := mostAPage, time.Now().Add(longest)
	if options := call.Options; options != nil {
		if options.MaxObjectUpdates > 0 {
			page = min(page, int(options.MaxObjectUpdates))
		}
		if options.MaxWaitSeconds != nil {
			end = time.Now().Add(time.Duration(*options.MaxWaitSeconds) * time.Second)
		}
	}
	if call.Version == "" {
		c.begin(ctx)
	}
	for len(c.pending) == 0 {
		c.pending = c.changes(ctx)
		if len(c.pending) == 0 {
			if !time.Now().Before(end) {
				return body
			}
			time.Sleep(lookAgain)
		}
	}
	c.version++
	set := &types.UpdateSet{Version: strconv.Itoa(c.version)}
	set.FilterSet, c.pending = paged(c.pending, page)
	set.Truncated = types.NewBool(len(c.pending) > 0)
	body.Res.Returnval = set
	return body
}

// begin forgets what was told and listens from now on.
func (c *PropertyCollector) begin(ctx *simulator.Context) {
	c.mutex.Lock()
	c.touched, c.removed, c.isNew, c.pending = map[Ref]bool{}, map[Ref]bool{}, true, nil
	c.mutex.Unlock()
	for _, followed := range c.filters {
		followed.told = map[Ref]map[string]uint64{}
	}
	ctx.Map.AddHandler(c)
}

// changes takes what the registry told since the last time to the filters.
func (c *PropertyCollector) changes(ctx *simulator.Context) []types.PropertyFilterUpdate {
	c.mutex.Lock()
	touched, removed, isNew := c.touched, c.removed, c.isNew
	c.touched, c.removed, c.isNew = map[Ref]bool{}, map[Ref]bool{}, false
	c.mutex.Unlock()
	var all []types.PropertyFilterUpdate
	for _, followed := range c.filters {
		update := types.PropertyFilterUpdate{Filter: followed.ref}
		for ref := range removed {
			if _, isTold := followed.told[ref]; isTold {
				delete(followed.told, ref)
				update.ObjectSet = append(update.ObjectSet, types.ObjectUpdate{Kind: types.ObjectUpdateKindLeave, Obj: ref})
			}
		}
		spec := followed.spec
		if !isNew {
			spec.ObjectSet = nil
			for ref := range touched {
				if _, isTold := followed.told[ref]; isTold && ctx.Map.Get(ref) != nil {
					spec.ObjectSet = append(spec.ObjectSet, types.ObjectSpec{Obj: ref})
				}
			}
		}
		for _, object := range c.read(ctx, spec) {
			if changed := followed.compare(object); len(changed.ChangeSet) > 0 {
				update.ObjectSet = append(update.ObjectSet, changed)
			}
		}
		if len(update.ObjectSet) > 0 {
			all = append(all, update)
		}
	}
	return all
}

func (c *PropertyCollector) read(ctx *simulator.Context, spec types.PropertyFilterSpec) []types.ObjectContent {
	if len(spec.ObjectSet) == 0 {
		return nil
	}
	answer := c.RetrievePropertiesEx(ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{spec}})
	if body, is := answer.(*methods.RetrievePropertiesExBody); is && body.Res != nil && body.Res.Returnval != nil {
		return body.Res.Returnval.Objects
	}
	return nil // gone meanwhile, and its removal is told next
}

// compare answers how an object differs from what was told of it, and remembers that it is told.
func (f *filter) compare(object types.ObjectContent) types.ObjectUpdate {
	update := types.ObjectUpdate{Kind: types.ObjectUpdateKindModify, Obj: object.Obj}
	before, isTold := f.told[object.Obj]
	if !isTold {
		update.Kind = types.ObjectUpdateKindEnter
	}
	now := make(map[string]uint64, len(object.PropSet))
	for _, property := range object.PropSet {
		now[property.Name] = fingerprint(property.Val)
		if was, isKnown := before[property.Name]; !isKnown || was != now[property.Name] {
			update.ChangeSet = append(update.ChangeSet, types.PropertyChange{
				Name: property.Name, Op: types.PropertyChangeOpAssign, Val: property.Val,
			})
		}
	}
	for name := range before {
		if _, isSet := now[name]; !isSet {
			update.ChangeSet = append(update.ChangeSet, types.PropertyChange{Name: name, Op: types.PropertyChangeOpAssign})
		}
	}
	f.told[object.Obj] = now
	return update
}

// fingerprint is of the value as it is now: what it points to goes on changing.
func fingerprint(value types.AnyType) uint64 {
	hash := fnv.New64a()
	_ = json.NewEncoder(hash).Encode(value)
	return hash.Sum64()
}

// paged answers the first so many objects and the rest.
func paged(updates []types.PropertyFilterUpdate, page int) (now, later []types.PropertyFilterUpdate) {
	for i, update := range updates {
		if page == 0 {
			return now, updates[i:]
		}
		if len(update.ObjectSet) > page {
			rest := types.PropertyFilterUpdate{Filter: update.Filter, ObjectSet: update.ObjectSet[page:]}
			update.ObjectSet = update.ObjectSet[:page]
			return append(now, update), append([]types.PropertyFilterUpdate{rest}, updates[i+1:]...)
		}
		now, page = append(now, update), page-len(update.ObjectSet)
	}
	return now, nil
}
