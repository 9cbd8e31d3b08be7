package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const rebuiltTogether = 12 // objects, after a host came back

var objectAction = regexp.MustCompile(`objectAction>([^<]*)<`)

// VsanSystem tells how the vSAN of one host is.
type VsanSystem struct {
	mo.HostVsanSystem
	health string
}

// VsanInternalSystem tells which objects of its host's cluster are being rebuilt.
type VsanInternalSystem struct {
	mo.HostVsanInternalSystem
	world   *World
	cluster string
}

// addVsan gives the hosts of clusters with vSAN what these tell of it.
func (w *World) addVsan(document *Document) {
	for _, cluster := range document.Clusters {
		if !cluster.Vsan {
			continue
		}
		for _, told := range document.Hosts {
			if told.Cluster == cluster.Name {
				w.addVsanTo(w.registry().Get(w.hosts[told.Name]).(*simulator.HostSystem), told)
			}
		}
	}
}

func (w *World) addVsanTo(host *simulator.HostSystem, told Host) {
	system := &VsanSystem{health: told.VsanHealth}
	system.Self = Ref{Type: "HostVsanSystem", Value: "vsanSystem-" + host.Self.Value}
	internal := &VsanInternalSystem{world: w, cluster: told.Cluster}
	internal.Self = Ref{Type: "HostVsanInternalSystem", Value: "ha-vsan-internal-system-" + host.Self.Value}
	w.registry().Put(system)
	w.registry().Put(internal)
	host.ConfigManager.VsanSystem, host.ConfigManager.VsanInternalSystem = &system.Self, &internal.Self
	configuration := &types.VsanHostConfigInfo{Enabled: types.NewBool(true)}
	if told.VsanFaultDomain != "" {
		configuration.FaultDomainInfo = &types.VsanHostFaultDomainInfo{Name: told.VsanFaultDomain}
	}
	host.Config.VsanHostConfig = configuration
}

// cameBack begins to rebuild what a host of vSAN missed while it was in maintenance mode; called with the estate locked.
func (w *World) cameBack(host *simulator.HostSystem) {
	if host.ConfigManager.VsanSystem == nil {
		return
	}
	for _, cluster := range w.document.Clusters {
		if w.clusters[cluster.Name] == *host.Parent {
			w.rebuilt[cluster.Name] = time.Now().Add(time.Duration(cluster.RebuildMS) * time.Millisecond)
		}
	}
}

func (w *World) resyncing(name string) int {
	w.estate.Lock()
	defer w.estate.Unlock()
	for _, cluster := range w.document.Clusters {
		if cluster.Name == name && cluster.Resyncing > 0 {
			return cluster.Resyncing
		}
	}
	if time.Now().Before(w.rebuilt[name]) {
		return rebuiltTogether
	}
	return 0
}

// QueryHostStatus tells the host's health.
func (s *VsanSystem) QueryHostStatus(_ *simulator.Context, _ *types.QueryHostStatus) soap.HasFault {
	health := s.health
	if health == "" {
		health = string(types.VsanHostHealthStateHealthy)
	}
	return &methods.QueryHostStatusBody{Res: &types.QueryHostStatusResponse{Returnval: types.VsanHostClusterStatus{
		Health: health, NodeState: types.VsanHostClusterStatusState{State: string(types.VsanHostNodeStateAgent)},
	}}}
}

// QuerySyncingVsanObjects tells the objects that are being rebuilt, in JSON as hosts do.
func (s *VsanInternalSystem) QuerySyncingVsanObjects(
	_ *simulator.Context, _ *types.QuerySyncingVsanObjects,
) soap.HasFault {
	objects := map[string]map[string]int{}
	for number := range s.world.resyncing(s.cluster) {
		objects[fmt.Sprintf("object-%d", number)] = map[string]int{"bytesToSync": 1 << 30}
	}
	text, _ := json.Marshal(map[string]any{"dom_objects": objects})
	return &methods.QuerySyncingVsanObjectsBody{Res: &types.QuerySyncingVsanObjectsResponse{Returnval: string(text)}}
}

// vsanModeIn is what a SOAP body asks vSAN to do with a host's data; empty where it does not.
func vsanModeIn(envelope []byte) string {
	if found := objectAction.FindSubmatch(envelope); found != nil {
		return string(found[1])
	}
	return ""
}
