package main

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	realTime      = 20 * time.Second
	realTimeKept  = 180 // samples: an hour
	everyInstance = "*"
)

// PerformanceManager is the simulator's own, but its samples follow the load of the estate; the stock one cans them.
type PerformanceManager struct {
	*simulator.PerformanceManager
	world *World
}

// sensors tells a counter's value by instance; one that is missing tells nothing.
type sensors func(counter string) map[string]int64

// QueryPerf answers in CSV: the load as it is now in each sample, up to the last full interval. Of VMs that do not run
// and of hosts that are not connected it tells nothing.
func (p *PerformanceManager) QueryPerf(ctx *simulator.Context, call *types.QueryPerf) soap.HasFault {
	body := &methods.QueryPerfBody{Res: &types.QueryPerfResponse{}}
	names := map[int32]string{}
	for _, counter := range p.PerfCounter {
		names[counter.Key] = counter.GroupInfo.GetElementDescription().Key + "." +
			counter.NameInfo.GetElementDescription().Key + "." + string(counter.RollupType)
	}
	for _, spec := range call.QuerySpec {
		told := p.world.sensorsOf(&spec.Entity)
		if told == nil {
			continue
		}
		samples := int(spec.MaxSample)
		if samples == 0 || samples > realTimeKept {
			samples = realTimeKept
		}
		answer := &types.PerfEntityMetricCSV{PerfEntityMetricBase: types.PerfEntityMetricBase{Entity: spec.Entity}}
		answer.SampleInfoCSV = sampleInfo(samples, time.Now())
		for _, metric := range spec.MetricId {
			for instance, value := range told(names[metric.CounterId]) {
				if metric.Instance != everyInstance && metric.Instance != instance {
					continue
				}
				id := types.PerfMetricId{CounterId: metric.CounterId, Instance: instance}
				answer.Value = append(answer.Value, types.PerfMetricSeriesCSV{
					PerfMetricSeries: types.PerfMetricSeries{Id: id}, Value: repeated(strconv.FormatInt(value, 10), samples),
				})
			}
		}
		body.Res.Returnval = append(body.Res.Returnval, answer)
	}
	return body
}

func (w *World) sensorsOf(entity *Ref) sensors {
	if vm, there := find[*simulator.VirtualMachine](w, entity); there {
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			return nil
		}
		return func(counter string) map[string]int64 { return sensorOf(vm, counter) }
	}
	if host, there := find[*simulator.HostSystem](w, entity); there {
		if host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
			return nil
		}
		return func(counter string) map[string]int64 { return w.hostSensorOf(host, counter) }
	}
	return nil
}

func sensorOf(vm *simulator.VirtualMachine, counter string) map[string]int64 {
	const (
		activeToWrite = 4 // of the active memory a quarter is written to
		kibPerMiB     = 1024
	)
	stats := vm.Summary.QuickStats
	whole := func(value int64) map[string]int64 { return map[string]int64{"": value} }
	switch counter {
	case "cpu.usagemhz.average":
		return whole(int64(stats.OverallCpuUsage))
	case "cpu.ready.summation":
		return whole(100 * int64(vm.Config.Hardware.NumCPU))
	case "mem.active.average":
		return whole(int64(stats.GuestMemoryUsage) * kibPerMiB)
	case "mem.activewrite.average":
		return whole(int64(stats.GuestMemoryUsage) * kibPerMiB / activeToWrite)
	case "mem.consumed.average":
		return whole(int64(stats.HostMemoryUsage) * kibPerMiB)
	case "mem.swapped.average":
		return whole(0)
	}
	return nil // nothing of ballooning: a sensor that is missing
}

// hostSensorOf: while a relocation has a place at a host, its NICs carry what they can, both ways.
func (w *World) hostSensorOf(host *simulator.HostSystem, counter string) map[string]int64 {
	const (
		iosPerS        = 100
		bitsPerKiB     = 8 * 1024
		bitsPerMegabit = 1_000_000
	)
	told := map[string]int64{}
	switch counter {
	case "disk.maxTotalLatency.latest":
		if latency := w.diskLatencyMS[host.Self]; latency > 0 {
			told[""] = latency
		}
	case "net.transmitted.average", "net.received.average":
		w.estate.Lock()
		defer w.estate.Unlock()
		for _, nic := range host.Config.Network.Pnic {
			told[nic.Device] = 0
			if w.units[host.Self] > 0 && nic.LinkSpeed != nil {
				told[nic.Device] = int64(nic.LinkSpeed.SpeedMb) * bitsPerMegabit / bitsPerKiB
			}
		}
	case "datastore.totalReadLatency.average", "datastore.totalWriteLatency.average":
		w.eachTold(host, func(volume string, latency int64) { told[volume] = latency })
	case "datastore.numberReadAveraged.average", "datastore.numberWriteAveraged.average":
		w.eachTold(host, func(volume string, _ int64) { told[volume] = iosPerS })
	}
	return told
}

func (w *World) eachTold(host *simulator.HostSystem, tell func(volume string, latencyMS int64)) {
	for _, ref := range host.Datastore {
		datastore, there := find[*simulator.Datastore](w, &ref)
		if latency := w.latencyMS[ref]; there && latency > 0 {
			tell(path.Base(datastore.Summary.Url), latency)
		}
	}
}

// sampleInfo is interval and time of each sample, oldest first.
func sampleInfo(samples int, now time.Time) string {
	newest := now.UTC().Truncate(realTime)
	info := make([]string, 0, 2*samples)
	for back := samples - 1; back >= 0; back-- {
		moment := newest.Add(-time.Duration(back) * realTime)
		info = append(info, strconv.Itoa(int(realTime.Seconds())), moment.Format(time.RFC3339))
	}
	return strings.Join(info, ",")
}

func repeated(value string, times int) string {
	return strings.TrimSuffix(strings.Repeat(value+",", times), ",")
}
