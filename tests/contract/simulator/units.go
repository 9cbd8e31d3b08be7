package main

import (
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// What vCenter carries at once, in its own units (VMware's documentation of 5.0 to 6.7); more is queued.
const (
	unitsOfAHost      = 8
	unitsOfAMigration = 1
	unitsOfADisksMove = 4 // at both hosts, alone or with a vMotion
	unitsLookEvery    = 5 * time.Millisecond
)

// units are what the relocation costs at each host.
func (r *Relocation) units() map[Ref]int {
	cost := unitsOfAMigration
	goals := r.goals()
	for _, disk := range disksIn(r.vm.Config.Hardware.Device) {
		goal, moves := goals[disk.Key]
		if moves && goal != *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Datastore {
			cost = unitsOfADisksMove
		}
	}
	costs := map[Ref]int{*r.vm.Runtime.Host: cost}
	if r.spec.Host != nil {
		costs[*r.spec.Host] = cost
	}
	return costs
}

// queue returns once every host has units left, and with them; nil if the task was cancelled meanwhile.
func (r *Relocation) queue(running *Running) map[Ref]int {
	for running.change() {
		if costs := r.take(); costs != nil {
			return costs
		}
		time.Sleep(unitsLookEvery)
	}
	return nil
}

func (r *Relocation) take() map[Ref]int {
	r.world.estate.Lock()
	defer r.world.estate.Unlock()
	costs := r.units()
	for host, cost := range costs {
		if r.world.units[host]+cost > unitsOfAHost {
			return nil
		}
	}
	for host, cost := range costs {
		r.world.units[host] += cost
	}
	return costs
}

func (r *Relocation) giveBack(costs map[Ref]int) {
	r.world.estate.Lock()
	defer r.world.estate.Unlock()
	for host, cost := range costs {
		r.world.units[host] -= cost
	}
}
