package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const adoptPath = "/simulator/adopt"

var adopted atomic.Int64

// Handover is what one simulated vCenter asks another to take, or, with Dry, whether it would.
type Handover struct {
	InstanceUUID, User, Password string
	Spec                         types.VirtualMachineRelocateSpec
	VM                           mo.VirtualMachine
	Dry                          bool
}

// Departure is a RelocateVM_Task to another vCenter: copied here, adopted there, and then gone from here.
type Departure struct {
	world *World
	vm    *simulator.VirtualMachine
	spec  *types.VirtualMachineRelocateSpec
}

func (d *Departure) run(running *Running) *Refusal {
	running.begin()
	if refusal := d.ask(true); refusal != nil {
		return refusal
	}
	for step := 1; step <= steps; step++ {
		time.Sleep(d.world.migration / steps)
		if !running.progress(min(99, 100*step/steps)) {
			return cancelled()
		}
	}
	if refusal := d.ask(false); refusal != nil {
		return refusal
	}
	d.world.estate.Lock()
	defer d.world.estate.Unlock()
	d.leave(running.ctx)
	return nil
}

// ask sends the VM, or only the question, to the vCenter that the service locator names and whose certificate it knows.
func (d *Departure) ask(dry bool) *Refusal {
	locator := d.spec.Service
	named, _ := locator.Credential.(*types.ServiceLocatorNamePassword)
	if d.spec.Host == nil || d.spec.Pool == nil || d.spec.Datastore == nil || d.spec.Folder == nil || named == nil {
		return refuse(&types.InvalidArgument{InvalidProperty: "spec"}, "A specified parameter was not correct: spec")
	}
	spec := *d.spec
	spec.Service = nil
	var body bytes.Buffer
	handover := Handover{locator.InstanceUuid, named.Username, named.Password, spec, d.vm.VirtualMachine, dry}
	if err := types.NewJSONEncoder(&body).Encode(handover); err != nil {
		return refuse(&types.SystemError{Reason: err.Error()}, "A general system error occurred: %v", err)
	}
	there, err := url.Parse(locator.Url)
	if err != nil {
		return refuse(&types.InvalidArgument{InvalidProperty: "spec.service.url"}, "The URL is not correct.")
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: trusting(locator.SslThumbprint)}}
	answer, err := client.Post("https://"+there.Host+adoptPath, "application/json", &body)
	if err != nil {
		return refuse(&types.HostConnectFault{}, "The vCenter at %s cannot be reached: %v", there.Host, err)
	}
	defer answer.Body.Close()
	if told, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		return refuse(&types.InvalidArgument{InvalidProperty: "spec"}, "The other vCenter refuses: %s", told)
	}
	return nil
}

func trusting(thumbprint string) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // by the thumbprint alone, as with vCenter
		VerifyPeerCertificate: func(certificates [][]byte, _ [][]*x509.Certificate) error {
			digest := sha1.Sum(certificates[0])
			if !strings.EqualFold(strings.ReplaceAll(thumbprint, ":", ""), hex.EncodeToString(digest[:])) {
				return errors.New("the thumbprint is another")
			}
			return nil
		},
	}
}

// leave is called with the estate locked.
func (d *Departure) leave(ctx *simulator.Context) {
	vm := d.vm
	if host, there := find[*simulator.HostSystem](d.world, vm.Runtime.Host); there {
		set(ctx, host, to("vm", without(host.Vm, vm.Self)))
		if cluster, is := find[*simulator.ClusterComputeResource](d.world, host.Parent); is {
			d.world.forget(cluster, vm.Self)
		}
	}
	if pool, there := find[*simulator.ResourcePool](d.world, vm.ResourcePool); there {
		set(ctx, pool, to("vm", without(pool.Vm, vm.Self)))
	}
	for i := range vm.Datastore {
		if datastore, there := find[*simulator.Datastore](d.world, &vm.Datastore[i]); there {
			set(ctx, datastore, to("vm", without(datastore.Vm, vm.Self)))
		}
	}
	if folder, there := find[*simulator.Folder](d.world, vm.Parent); there {
		set(ctx, folder, to("childEntity", without(folder.ChildEntity, vm.Self)))
	}
	d.world.registry().Remove(ctx, vm.Self)
	d.world.tellLoad(ctx)
}

// adopt answers another simulated vCenter.
func (w *World) adopt(writer http.ResponseWriter, request *http.Request) {
	var told Handover
	if err := types.NewJSONDecoder(request.Body).Decode(&told); err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	w.estate.Lock()
	defer w.estate.Unlock()
	if err := w.take(&told); err != nil {
		http.Error(writer, err.Error(), http.StatusConflict)
	}
}

func (w *World) take(told *Handover) error {
	right := subtle.ConstantTimeCompare([]byte(told.User+"\x00"+told.Password), []byte(w.document.User+"\x00"+w.document.Password))
	if told.InstanceUUID != w.client.ServiceContent.About.InstanceUuid || right != 1 {
		return errors.New("instance UUID, user name or password is not correct")
	}
	host, known := find[*simulator.HostSystem](w, told.Spec.Host)
	pool, poolKnown := find[*simulator.ResourcePool](w, told.Spec.Pool)
	folder, folderKnown := find[*simulator.Folder](w, told.Spec.Folder)
	if missing := w.missing(&told.Spec); missing != nil || !known || !poolKnown || !folderKnown {
		return fmt.Errorf("host, pool, folder or datastore is not known here (%v)", missing)
	}
	vm := &simulator.VirtualMachine{VirtualMachine: told.VM}
	for _, disk := range disksIn(vm.Config.Hardware.Device) { // what it was on is not known here
		disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Datastore = &Ref{Type: "Datastore", Value: "elsewhere"}
	}
	arrival := &Relocation{world: w, vm: vm, spec: &told.Spec}
	elsewhere := Ref{Type: "HostSystem", Value: "elsewhere"}
	vm.Runtime.Host, vm.Datastore, vm.Parent = &elsewhere, []Ref{*told.Spec.Datastore}, nil
	checks := []func(*simulator.HostSystem) *Refusal{
		arrival.refusedByState, arrival.refusedByDatastores, arrival.refusedBySpace, arrival.refusedByNetworks,
	}
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		checks = append(checks, arrival.refusedByVMotion, arrival.refusedByFeatures, arrival.refusedByRoom)
	}
	for _, check := range checks {
		if refusal := check(host); refusal != nil {
			return errors.New(refusal.Message)
		}
	}
	if !told.Dry {
		w.register(arrival, host, pool, folder)
	}
	return nil
}

// register is called with the estate locked.
func (w *World) register(arrival *Relocation, host *simulator.HostSystem, pool *simulator.ResourcePool, folder *simulator.Folder) {
	ctx, vm, goals, home := own(w.model.Service.Context), arrival.vm, arrival.goals(), *arrival.spec.Datastore
	stores := []Ref{home}
	for _, disk := range disksIn(vm.Config.Hardware.Device) {
		goal := goals[disk.Key]
		datastore, _ := find[*simulator.Datastore](w, &goal)
		backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		_, path, _ := strings.Cut(backing.FileName, "]")
		backing.FileName, backing.Datastore = "["+datastore.Name+"]"+path, &goal
		arrival.convert(disk.Key, backing)
		arrival.copyParents(disk.Key, backing)
		set(ctx, datastore, to("summary.freeSpace", datastore.Summary.FreeSpace-disk.CapacityInBytes))
		stores = with(stores, goal)
	}
	vm.Self = Ref{Type: "VirtualMachine", Value: fmt.Sprintf("vm-%d", 2_000_000+adopted.Add(1))}
	vm.Network, vm.Config.Hardware.Device = arrival.networksAfter(), arrival.devicesAfter()
	path := arrival.pathOn(home)
	vm.Config.Files.VmPathName, vm.Summary.Config.VmPathName = path, path
	vm.Summary.Vm, vm.Summary.Runtime.Host, vm.Runtime.Host = &vm.Self, &host.Self, &host.Self
	vm.Datastore, vm.ResourcePool, vm.Parent, vm.RecentTask = stores, &pool.Self, &folder.Self, nil
	w.registry().Put(vm)
	set(ctx, host, to("vm", with(host.Vm, vm.Self)))
	set(ctx, pool, to("vm", with(pool.Vm, vm.Self)))
	set(ctx, folder, to("childEntity", with(folder.ChildEntity, vm.Self)))
	for i := range stores {
		datastore, _ := find[*simulator.Datastore](w, &stores[i])
		set(ctx, datastore, to("vm", with(datastore.Vm, vm.Self)))
	}
	w.tellLoad(ctx)
}
