package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

func (w *World) addVMs(ctx context.Context, document *Document) error {
	clusters := map[string]string{}
	for _, host := range document.Hosts {
		clusters[host.Name] = host.Cluster
	}
	for _, told := range document.VMs {
		pool := clusters[told.Host]
		if pool == "" {
			pool = told.Host
		} else if told.Pool != "" {
			pool += "/" + told.Pool
		}
		if err := w.addVM(ctx, told, w.pools[pool]); err != nil {
			return fmt.Errorf("VM %s: %w", told.Name, err)
		}
	}
	w.tellSpace(document)
	return nil
}

func (w *World) addVM(ctx context.Context, told VM, pool Ref) error {
	spec, err := w.specOf(ctx, told)
	if err != nil {
		return err
	}
	host := object.NewHostSystem(w.client, w.hosts[told.Host])
	folder, err := w.folderAt(ctx, w.document.centerOf(told.Host), told.Folder)
	if err != nil {
		return err
	}
	task, err := folder.CreateVM(ctx, *spec, object.NewResourcePool(w.client, pool), host)
	if err != nil {
		return err
	}
	ref, err := w.made(task)
	if err != nil {
		return err
	}
	made := object.NewVirtualMachine(w.client, ref)
	w.vms[told.Name] = made.Reference()
	if err := w.bringInto(ctx, made, told); err != nil {
		return err
	}
	vm := w.registry().Get(made.Reference()).(*simulator.VirtualMachine)
	tellNeeds(vm, told)
	for number, disk := range disksIn(vm.Config.Hardware.Device) {
		standOn(disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo), told.Disks[number])
	}
	if told.GuestAddress != "" {
		vm.Guest.IpAddress = told.GuestAddress
	}
	for _, host := range told.BreaksOffAt {
		w.breaking[vm.Self] = append(w.breaking[vm.Self], w.hosts[host])
	}
	if told.RelocateDisabled {
		vm.DisabledMethod = []string{"RelocateVM_Task"}
	}
	return nil
}

func (w *World) specOf(ctx context.Context, told VM) (*types.VirtualMachineConfigSpec, error) {
	if len(told.Disks) == 0 {
		return nil, fmt.Errorf("at least one disk is needed")
	}
	home := fmt.Sprintf("[%s] %s", told.Disks[0].Datastore, told.Name)
	var devices object.VirtualDeviceList
	controller, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return nil, err
	}
	devices = append(devices, controller)
	for number, disk := range told.Disks {
		file := fmt.Sprintf("[%s] %s-%d.vmdk", disk.Datastore, told.Name, number)
		made := devices.CreateDisk(controller.(types.BaseVirtualController), Ref{}, file)
		made.CapacityInKB = disk.GiB << 20
		made.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned = types.NewBool(disk.IsThin)
		devices = append(devices, made)
	}
	for _, name := range told.Networks {
		backing, err := w.backingOf(ctx, name)
		if err != nil {
			return nil, err
		}
		card, err := devices.CreateEthernetCard("vmxnet3", backing)
		if err != nil {
			return nil, err
		}
		devices = append(devices, card)
	}
	changes, err := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return &types.VirtualMachineConfigSpec{
		Name: told.Name, GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest64),
		NumCPUs: told.VCPUs, MemoryMB: told.MemoryMiB,
		CpuAllocation:    &types.ResourceAllocationInfo{Reservation: &told.CPUReservationMHz},
		MemoryAllocation: &types.ResourceAllocationInfo{Reservation: &told.MemoryReservationMiB},
		Files:            &types.VirtualMachineFileInfo{VmPathName: home},
		DeviceChange:     changes,
	}, err
}

func (w *World) backingOf(ctx context.Context, network string) (types.BaseVirtualDeviceBackingInfo, error) {
	ref := w.networks[network]
	if ref.Type == "DistributedVirtualPortgroup" {
		return object.NewDistributedVirtualPortgroup(w.client, ref).EthernetCardBackingInfo(ctx)
	}
	return &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: network},
	}, nil
}

// bringInto leads a new VM, which is off, into its power state.
func (w *World) bringInto(ctx context.Context, vm *object.VirtualMachine, told VM) error {
	if told.IsTemplate {
		return vm.MarkAsTemplate(ctx)
	}
	var ways []func(context.Context) (*object.Task, error)
	switch types.VirtualMachinePowerState(told.PowerState) {
	case types.VirtualMachinePowerStatePoweredOn:
		ways = append(ways, vm.PowerOn)
	case types.VirtualMachinePowerStateSuspended:
		ways = append(ways, vm.PowerOn, vm.Suspend)
	}
	for _, way := range ways {
		task, err := way(ctx)
		if err != nil {
			return err
		}
		if err := w.wait(task); err != nil {
			return err
		}
	}
	return nil
}

func tellNeeds(vm *simulator.VirtualMachine, told VM) {
	vm.Runtime.MinRequiredEVCModeKey = told.MinEVCMode
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		for _, key := range sorted(told.Requirements) {
			vm.Runtime.FeatureRequirement = append(vm.Runtime.FeatureRequirement,
				types.VirtualMachineFeatureRequirement{Key: key, FeatureName: key, Value: told.Requirements[key]})
		}
	}
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		stats := &vm.Summary.QuickStats
		stats.OverallCpuUsage, stats.OverallCpuDemand = told.CPUMHz, told.CPUMHz
		stats.GuestMemoryUsage, stats.HostMemoryUsage = told.ActiveMiB, told.ConsumedMiB
	}
}
