package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// The simulator's own default is 6.5, to which clients would fall back.
const apiVersion = "8.0.3.0"

// build makes the estate through the API itself where it can, and then tells the truth about what the API leaves out.
func build(document *Document) (*World, error) {
	world, err := emptyWorld(document)
	if err != nil {
		return nil, err
	}
	steps := []func(context.Context, *Document) error{
		world.addCenters, world.addClusters, world.addHosts, world.addNetworks, world.addDatastores, world.addVMs, world.addRules,
	}
	for _, step := range steps {
		if err := step(world.context(), document); err != nil {
			world.remove()
			return nil, err
		}
	}
	world.addVsan(document)
	world.tellLoad(world.model.Service.Context)
	world.grow(document.Copies)
	world.backdate()
	world.model.Map().Handler = world.intercept
	return world, nil
}

func emptyWorld(document *Document) (*World, error) {
	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.Host, model.Machine, model.Datastore, model.Portgroup = 0, 0, 0, 0, 0, 0
	model.ServiceContent.About.InstanceUuid = uuid.NewString() // the simulator's own is the machine's
	model.ServiceContent.About.ApiVersion, model.ServiceContent.About.Version = apiVersion, "8.0.3"
	if err := model.Create(); err != nil {
		return nil, err
	}
	mendEvents(model)
	directory, err := os.MkdirTemp("", "simulated-datastores-")
	if err != nil {
		return nil, err
	}
	world := &World{
		document: document, centers: map[string]*object.DatacenterFolders{},
		model: model, directory: directory, migration: time.Duration(document.MigrationMS) * time.Millisecond,
		clusters: map[string]Ref{}, pools: map[string]Ref{}, networks: map[string]Ref{}, datastores: map[string]Ref{},
		latencyMS: map[Ref]int64{}, diskLatencyMS: map[Ref]int64{},
		hosts: map[string]Ref{}, vms: map[string]Ref{}, relocated: map[Ref]Ref{}, entering: map[Ref]bool{}, units: map[Ref]int{}, breaking: map[Ref][]Ref{},
		rebuilt: map[string]time.Time{},
	}
	if world.history, err = openTaskHistory(document.Tasks); err != nil {
		return nil, err
	}
	ctx := world.context()
	content, err := methods.GetServiceContent(ctx, model.Service)
	if err != nil {
		return nil, err
	}
	world.client = &vim25.Client{RoundTripper: model.Service, ServiceContent: content}
	return world, nil
}

func (w *World) addClusters(ctx context.Context, document *Document) error {
	for _, told := range document.Clusters {
		made, err := w.center(told.Datacenter).HostFolder.CreateCluster(ctx, told.Name, types.ClusterConfigSpecEx{})
		if err != nil {
			return err
		}
		w.clusters[told.Name] = made.Reference()
		cluster := w.registry().Get(made.Reference()).(*simulator.ClusterComputeResource)
		configuration := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
		configuration.DrsConfig.Enabled = types.NewBool(told.Automation != "")
		configuration.DrsConfig.DefaultVmBehavior = types.DrsBehavior(told.Automation)
		configuration.DasConfig.Enabled = types.NewBool(told.HA)
		tellAdmissionControl(&configuration.DasConfig, told)
		configuration.VsanConfigInfo = &types.VsanClusterConfigInfo{Enabled: types.NewBool(told.Vsan)}
		cluster.Summary.(*types.ClusterComputeResourceSummary).CurrentEVCModeKey = told.EVCMode

		root, err := made.ResourcePool(ctx)
		if err != nil {
			return err
		}
		w.pools[told.Name] = root.Reference()
		for _, name := range told.Pools {
			pool, err := root.Create(ctx, name, types.DefaultResourceConfigSpec())
			if err != nil {
				return err
			}
			w.pools[told.Name+"/"+name] = pool.Reference()
		}
	}
	return nil
}

func tellAdmissionControl(ha *types.ClusterDasConfigInfo, told Cluster) {
	ha.AdmissionControlEnabled = types.NewBool(told.HAHostFailures > 0 || told.HAPercent > 0)
	if told.HAHostFailures > 0 {
		ha.AdmissionControlPolicy = &types.ClusterFailoverLevelAdmissionControlPolicy{FailoverLevel: told.HAHostFailures}
	} else if told.HAPercent > 0 {
		ha.AdmissionControlPolicy = &types.ClusterFailoverResourcesAdmissionControlPolicy{
			CpuFailoverResourcesPercent: told.HAPercent, MemoryFailoverResourcesPercent: told.HAPercent,
		}
	}
}

func (w *World) addDatastores(ctx context.Context, document *Document) error {
	for _, told := range document.Datastores {
		directory := filepath.Join(w.directory, told.Name)
		if err := os.Mkdir(directory, 0o700); err != nil {
			return err
		}
		for _, host := range document.Hosts {
			if !contains(host.Datastores, told.Name) {
				continue
			}
			system, err := object.NewHostSystem(w.client, w.hosts[host.Name]).ConfigManager().DatastoreSystem(ctx)
			if err != nil {
				return err
			}
			made, err := system.CreateLocalDatastore(ctx, told.Name, directory)
			if err != nil {
				return err
			}
			if _, known := w.datastores[told.Name]; !known { // the next host's answer names nothing
				w.datastores[told.Name] = made.Reference()
			}
		}
		if _, mounted := w.datastores[told.Name]; !mounted {
			return fmt.Errorf("datastore %s is mounted on no host", told.Name)
		}
		if err := w.addToPod(ctx, told); err != nil {
			return err
		}
		w.latencyMS[w.datastores[told.Name]] = told.LatencyMS
	}
	return nil
}

// tellSpace is called once the VMs are there: creating them changes the datastores' figures.
func (w *World) tellSpace(document *Document) {
	for _, told := range document.Datastores {
		datastore := w.registry().Get(w.datastores[told.Name]).(*simulator.Datastore)
		datastore.Summary.Capacity, datastore.Summary.FreeSpace = told.CapacityGiB<<30, told.FreeGiB<<30
		datastore.Summary.Type = "VMFS"
	}
}

func contains(names []string, name string) bool {
	for _, other := range names {
		if other == name {
			return true
		}
	}
	return false
}
