package main

import (
	"context"
	"sort"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const vmotionKey = "vmotion.key-vim.host.VirtualNic-vmk0"

func (w *World) addHosts(ctx context.Context, document *Document) error {
	for _, told := range document.Hosts {
		ref, err := w.addHost(ctx, told)
		if err != nil {
			return err
		}
		w.hosts[told.Name] = ref
		host := w.registry().Get(ref).(*simulator.HostSystem)
		tellHardware(host, told)
		tellFeatures(host, told)
		tellVMotion(host, told)
		tellState(host, told)
		w.diskLatencyMS[ref] = told.DiskLatencyMS
		if told.Cluster == "" {
			w.pools[told.Name], err = w.rootPool(ctx, ref)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *World) addHost(ctx context.Context, told Host) (Ref, error) {
	spec := types.HostConnectSpec{HostName: told.Name}
	var task *object.Task
	var err error
	if told.Cluster == "" {
		task, err = w.folders.HostFolder.AddStandaloneHost(ctx, spec, true, nil, nil)
	} else {
		task, err = object.NewClusterComputeResource(w.client, w.clusters[told.Cluster]).AddHost(ctx, spec, true, nil, nil)
	}
	if err != nil {
		return Ref{}, err
	}
	return w.made(task)
}

func (w *World) rootPool(ctx context.Context, host Ref) (Ref, error) {
	pool, err := object.NewHostSystem(w.client, host).ResourcePool(ctx)
	if err != nil {
		return Ref{}, err
	}
	return pool.Reference(), nil
}

func tellHardware(host *simulator.HostSystem, told Host) {
	summary := host.Summary.Hardware
	summary.NumCpuPkgs, summary.NumCpuCores, summary.NumCpuThreads = 1, told.Cores, 2*told.Cores
	summary.CpuMhz, summary.MemorySize = told.MHzPerCore, told.MemoryGiB<<30
	// The template's own structure is shared by all hosts.
	hardware := *host.Hardware
	hardware.MemorySize = told.MemoryGiB << 30
	hardware.CpuInfo = types.HostCpuInfo{
		NumCpuPackages: 1, NumCpuCores: told.Cores, NumCpuThreads: 2 * told.Cores, Hz: int64(told.MHzPerCore) * 1_000_000,
	}
	host.Hardware = &hardware
}

func tellFeatures(host *simulator.HostSystem, told Host) {
	host.Summary.MaxEVCModeKey = told.MaxEVCMode
	for _, key := range sorted(told.Features) {
		host.Config.FeatureCapability = append(host.Config.FeatureCapability, types.HostFeatureCapability{
			Key: key, FeatureName: key, Value: told.Features[key],
		})
	}
}

func tellVMotion(host *simulator.HostSystem, told Host) {
	host.Summary.Config.VmotionEnabled = told.VMotionMbitS > 0
	configurations := host.Config.VirtualNicManagerInfo.NetConfig
	for i := range configurations {
		if configurations[i].NicType != string(types.HostVirtualNicManagerNicTypeVmotion) {
			continue
		}
		configurations[i].SelectedVnic = nil
		if told.VMotionMbitS > 0 {
			configurations[i].SelectedVnic = []string{vmotionKey}
		}
		for j := range configurations[i].CandidateVnic {
			configurations[i].CandidateVnic[j].Spec.Mtu = told.MTU
		}
	}
	if told.VMotionMbitS > 0 {
		for i := range host.Config.Network.Pnic {
			host.Config.Network.Pnic[i].LinkSpeed = &types.PhysicalNicLinkInfo{SpeedMb: told.VMotionMbitS, Duplex: true}
		}
	}
}

func tellState(host *simulator.HostSystem, told Host) {
	host.Runtime.InMaintenanceMode = told.InMaintenance
	host.Runtime.InQuarantineMode = types.NewBool(told.InQuarantine)
	host.Runtime.PowerState = types.HostSystemPowerStatePoweredOn
	if told.ConnectionState != "" {
		host.Runtime.ConnectionState = types.HostSystemConnectionState(told.ConnectionState)
	}
}

func sorted(table map[string]string) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
