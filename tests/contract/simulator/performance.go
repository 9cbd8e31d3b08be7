package main

import (
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	realTimeS      = 20
	realTimeKept   = 180 // samples: an hour
	activeToWrite  = 4   // of the active memory a quarter is written to
	kibPerMiB      = 1024
)

// PerformanceManager is the simulator's own, but its samples follow the load of the VMs; the stock one cans them.
type PerformanceManager struct {
	*simulator.PerformanceManager
	world *World
}

// QueryPerf answers in CSV, a running VM's load in each sample; of others nothing.
func (p *PerformanceManager) QueryPerf(ctx *simulator.Context, call *types.QueryPerf) soap.HasFault {
	body := &methods.QueryPerfBody{Res: &types.QueryPerfResponse{}}
	names := map[int32]string{}
	for _, counter := range p.PerfCounter {
		names[counter.Key] = counter.GroupInfo.GetElementDescription().Key + "." +
			counter.NameInfo.GetElementDescription().Key + "." + string(counter.RollupType)
	}
	for _, spec := range call.QuerySpec {
		vm, there := find[*simulator.VirtualMachine](p.world, &spec.Entity)
		if !there || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		samples := int(spec.MaxSample)
		if samples == 0 || samples > realTimeKept {
			samples = realTimeKept
		}
		answer := &types.PerfEntityMetricCSV{PerfEntityMetricBase: types.PerfEntityMetricBase{Entity: spec.Entity}}
		answer.SampleInfoCSV = strings.TrimSuffix(strings.Repeat(strconv.Itoa(realTimeS)+",2026-01-05T09:00:00Z,", samples), ",")
		for _, metric := range spec.MetricId {
			value, told := sensorOf(vm, names[metric.CounterId])
			if !told {
				continue
			}
			series := strings.TrimSuffix(strings.Repeat(strconv.FormatInt(value, 10)+",", samples), ",")
			answer.Value = append(answer.Value, types.PerfMetricSeriesCSV{
				PerfMetricSeries: types.PerfMetricSeries{Id: metric}, Value: series,
			})
		}
		body.Res.Returnval = append(body.Res.Returnval, answer)
	}
	return body
}

func sensorOf(vm *simulator.VirtualMachine, counter string) (value int64, told bool) {
	stats := vm.Summary.QuickStats
	switch counter {
	case "cpu.usagemhz.average":
		return int64(stats.OverallCpuUsage), true
	case "cpu.ready.summation":
		return 100 * int64(vm.Config.Hardware.NumCPU), true
	case "mem.active.average":
		return int64(stats.GuestMemoryUsage) * kibPerMiB, true
	case "mem.activewrite.average":
		return int64(stats.GuestMemoryUsage) * kibPerMiB / activeToWrite, true
	case "mem.consumed.average":
		return int64(stats.HostMemoryUsage) * kibPerMiB, true
	case "mem.swapped.average":
		return 0, true
	}
	return 0, false // nothing of ballooning: a sensor that is missing
}
