package main

import (
	"context"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// addNetworks makes each network once and then tells which hosts reach it: the simulator would give it to all of them.
func (w *World) addNetworks(ctx context.Context, document *Document) error {
	if len(document.Hosts) == 0 {
		return nil
	}
	switches := map[string]*object.DistributedVirtualSwitch{}
	for _, told := range document.Networks {
		var err error
		if told.IsDistributed {
			if switches[told.Datacenter] == nil {
				if switches[told.Datacenter], err = w.addSwitch(ctx, document, told.Datacenter); err != nil {
					return err
				}
			}
			err = w.addPortGroup(ctx, switches[told.Datacenter], told.Name)
		} else {
			err = w.addStandardNetwork(ctx, document.hostsIn(told.Datacenter)[0].Name, told.Name)
		}
		if err != nil {
			return err
		}
		folder := w.registry().Get(w.center(told.Datacenter).NetworkFolder.Reference()).(*simulator.Folder)
		w.networks[told.Name] = w.registry().FindByName(told.Name, folder.ChildEntity).Reference()
	}
	for _, told := range document.Hosts {
		host := w.registry().Get(w.hosts[told.Name]).(*simulator.HostSystem)
		host.Network = nil
		for _, name := range told.Networks {
			host.Network = append(host.Network, w.networks[name])
		}
	}
	for name, ref := range w.networks {
		w.tellHostsOf(ref, name, document)
	}
	return nil
}

// addSwitch makes one distributed switch with every host of a data centre in it.
func (w *World) addSwitch(ctx context.Context, document *Document, center string) (*object.DistributedVirtualSwitch, error) {
	configuration := &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "switch" + center}}
	for _, host := range document.hostsIn(center) {
		configuration.Host = append(configuration.Host, types.DistributedVirtualSwitchHostMemberConfigSpec{
			Operation: string(types.ConfigSpecOperationAdd), Host: w.hosts[host.Name],
		})
	}
	task, err := w.center(center).NetworkFolder.CreateDVS(ctx, types.DVSCreateSpec{ConfigSpec: configuration})
	if err != nil {
		return nil, err
	}
	made, err := w.made(task)
	if err != nil {
		return nil, err
	}
	dvs := object.NewDistributedVirtualSwitch(w.client, made)
	task, err = dvs.Reconfigure(ctx, &types.DVSConfigSpec{Host: configuration.Host})
	if err != nil {
		return nil, err
	}
	return dvs, w.wait(task)
}

func (w *World) addPortGroup(ctx context.Context, dvs *object.DistributedVirtualSwitch, name string) error {
	task, err := dvs.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{
		Name: name, NumPorts: 8, Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
	}})
	if err != nil {
		return err
	}
	return w.wait(task)
}

func (w *World) addStandardNetwork(ctx context.Context, host, name string) error {
	system, err := object.NewHostSystem(w.client, w.hosts[host]).ConfigManager().NetworkSystem(ctx)
	if err != nil {
		return err
	}
	return system.AddPortGroup(ctx, types.HostPortGroupSpec{Name: name, VswitchName: "vSwitch0"})
}

func (w *World) tellHostsOf(network Ref, name string, document *Document) {
	var hosts []Ref
	for _, host := range document.Hosts {
		if contains(host.Networks, name) {
			hosts = append(hosts, w.hosts[host.Name])
		}
	}
	switch known := w.registry().Get(network).(type) {
	case *mo.Network:
		known.Host = hosts
	case *simulator.DistributedVirtualPortgroup:
		known.Host = hosts
	}
}
