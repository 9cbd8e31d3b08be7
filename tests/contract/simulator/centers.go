package main

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
)

// addCenters makes every data centre that the document names, and the folders that are there without a VM.
func (w *World) addCenters(ctx context.Context, document *Document) error {
	names := []string{document.Datacenter}
	for _, cluster := range document.Clusters {
		if cluster.Datacenter != "" && !contains(names, cluster.Datacenter) {
			names = append(names, cluster.Datacenter)
		}
	}
	for _, name := range names {
		made, err := object.NewRootFolder(w.client).CreateDatacenter(ctx, name)
		if err != nil {
			return err
		}
		if w.centers[name], err = made.Folders(ctx); err != nil {
			return err
		}
	}
	w.folders = w.centers[document.Datacenter]
	for _, told := range document.Folders {
		center, path, _ := strings.Cut(told, ":")
		if _, err := w.folderAt(ctx, center, path); err != nil {
			return err
		}
	}
	return nil
}

// center is a data centre by its name, the first one without.
func (w *World) center(name string) *object.DatacenterFolders {
	if name == "" {
		return w.folders
	}
	return w.centers[name]
}

// folderAt makes what is missing of a path of VM folders.
func (w *World) folderAt(ctx context.Context, center, path string) (*object.Folder, error) {
	folder := w.center(center).VmFolder
	for _, name := range strings.Split(path, "/") {
		if name == "" {
			continue
		}
		known := w.registry().Get(folder.Reference()).(*simulator.Folder)
		if found := w.registry().FindByName(name, known.ChildEntity); found != nil {
			folder = object.NewFolder(w.client, found.Reference())
			continue
		}
		made, err := folder.CreateFolder(ctx, name)
		if err != nil {
			return nil, err
		}
		folder = made
	}
	return folder, nil
}

// above is the data centre that an object lies in.
func (w *World) above(ref *Ref) Ref {
	for ref != nil && ref.Type != "Datacenter" {
		entity, is := w.registry().Get(*ref).(mo.Entity)
		if !is {
			return Ref{}
		}
		ref = entity.Entity().Parent
	}
	if ref == nil {
		return Ref{}
	}
	return *ref
}

// centerOf is the data centre of a host, empty for the first one.
func (d *Document) centerOf(host string) string {
	for _, told := range d.Hosts {
		if told.Name != host {
			continue
		}
		for _, cluster := range d.Clusters {
			if cluster.Name == told.Cluster {
				return cluster.Datacenter
			}
		}
	}
	return ""
}

func (d *Document) hostsIn(center string) []Host {
	var hosts []Host
	for _, host := range d.Hosts {
		if d.centerOf(host.Name) == center {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
