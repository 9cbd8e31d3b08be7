package main

import (
	"errors"
	"fmt"
)

// check finds every name that stands for nothing: a typing error must not become a smaller estate.
func (d *Document) check() error {
	known := map[string]bool{}
	for _, cluster := range d.Clusters {
		known["cluster "+cluster.Name] = true
		for _, pool := range cluster.Pools {
			known["pool "+pool] = true
		}
	}
	for _, network := range d.Networks {
		known["network "+network.Name] = true
	}
	for _, datastore := range d.Datastores {
		known["datastore "+datastore.Name] = true
	}
	for _, host := range d.Hosts {
		known["host "+host.Name] = true
	}
	for _, vm := range d.VMs {
		known["VM "+vm.Name] = true
	}
	var problems []error
	for place, names := range d.references() {
		for _, name := range names {
			if !known[name] {
				problems = append(problems, fmt.Errorf("%s names %s, which is not there", place, name))
			}
		}
	}
	return errors.Join(problems...)
}

// references are the names that each thing uses, each with its kind.
func (d *Document) references() map[string][]string {
	used := map[string][]string{}
	for _, host := range d.Hosts {
		names := append(each("network", host.Networks), each("datastore", host.Datastores)...)
		if host.Cluster != "" {
			names = append(names, "cluster "+host.Cluster)
		}
		used["host "+host.Name] = names
	}
	for _, vm := range d.VMs {
		names := append(each("network", vm.Networks), "host "+vm.Host)
		if vm.Pool != "" {
			names = append(names, "pool "+vm.Pool)
		}
		for _, disk := range vm.Disks {
			names = append(names, "datastore "+disk.Datastore)
		}
		used["VM "+vm.Name] = names
	}
	for _, rule := range d.Rules {
		names := append(each("VM", rule.VMs), each("host", rule.Hosts)...)
		used["rule "+rule.Name] = append(names, "cluster "+rule.Cluster)
	}
	return used
}

func each(kind string, names []string) []string {
	kinds := make([]string, 0, len(names))
	for _, name := range names {
		kinds = append(kinds, kind+" "+name)
	}
	return kinds
}
