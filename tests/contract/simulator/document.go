package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Document is the whole estate and how it is served; things refer to each other by name. Unknown keys are refused.
type Document struct {
	Listen      string `json:"listen"` // host:port; port 0 takes any
	User        string `json:"user"`
	Password    string `json:"password"`
	Received    string `json:"received"`     // file that gets one JSON line for each HTTP request, before it is answered
	Tasks       string `json:"tasks"`        // file that gets one JSON line for each task when it is made and when it ends
	MigrationMS int    `json:"migration_ms"` // how long every relocation takes

	Copies int `json:"copies"` // further clusters like each one, with hosts and VMs; such VMs only stand still

	Datacenter string      `json:"datacenter"`
	Folders    []string    `json:"folders"`  // "datacenter:path" of further VM folders
	NoCheck    bool        `json:"no_check"` // CheckRelocate_Task is refused
	Warning    string      `json:"warning"`  // what CheckRelocate_Task warns of each time
	Clusters   []Cluster   `json:"clusters"`
	Networks   []Network   `json:"networks"`
	Datastores []Datastore `json:"datastores"`
	Hosts      []Host      `json:"hosts"`
	VMs        []VM        `json:"vms"`
	Rules      []Rule      `json:"rules"`
}

// Cluster: Automation is vSphere's default DRS behaviour, empty for DRS switched off. Datacenter: empty for the first one.
type Cluster struct {
	Name       string `json:"name"`
	Datacenter string `json:"datacenter"`
	Automation string `json:"automation"`
	HA         bool   `json:"ha"`
	// What HA keeps free: so many failed hosts by slots, or per cent; 0 for neither.
	HAHostFailures int32 `json:"ha_host_failures"`
	HAPercent      int32 `json:"ha_percent"`
	// Resyncing: objects that are rebuilt for ever; RebuildMS: how long those take that a host missed while it was away.
	Vsan      bool     `json:"vsan"`
	Resyncing int      `json:"resyncing"`
	RebuildMS int      `json:"rebuild_ms"`
	EVCMode   string   `json:"evc_mode"`
	Pools     []string `json:"pools"` // below the root pool
}

// Network is a standard network or a distributed port group.
type Network struct {
	Name          string `json:"name"`
	IsDistributed bool   `json:"is_distributed"`
	Datacenter    string `json:"datacenter"` // empty for the first one
}

// Datastore: which hosts mount it is told by the hosts.
type Datastore struct {
	Name        string `json:"name"`
	Cluster     string `json:"cluster"` // of datastores; empty for none
	CapacityGiB int64  `json:"capacity_gib"`
	FreeGiB     int64  `json:"free_gib"`
	LatencyMS   int64  `json:"latency_ms"` // what hosts' samples tell of it; 0: nothing
}

// Host without a cluster stands alone; VMotionMbitS 0 means that no adapter is selected for vMotion.
type Host struct {
	Name            string            `json:"name"`
	Cluster         string            `json:"cluster"`
	Cores           int16             `json:"cores"`
	MHzPerCore      int32             `json:"mhz_per_core"`
	MemoryGiB       int64             `json:"memory_gib"`
	Features        map[string]string `json:"features"` // feature capabilities
	MaxEVCMode      string            `json:"max_evc_mode"`
	VMotionMbitS    int32             `json:"vmotion_mbit_s"`
	MTU             int32             `json:"mtu"`
	ConnectionState string            `json:"connection_state"`
	InMaintenance   bool              `json:"in_maintenance"`
	InQuarantine    bool              `json:"in_quarantine"`
	VsanFaultDomain string            `json:"vsan_fault_domain"`
	VsanHealth      string            `json:"vsan_health"`     // empty: healthy
	DiskLatencyMS   int64             `json:"disk_latency_ms"` // what its samples tell of its slowest disk; 0: nothing
	Datastores      []string          `json:"datastores"`
	Networks        []string          `json:"networks"`
}

// VM: CPUMHz, ActiveMiB and ConsumedMiB are its quickStats, which count while it runs.
type VM struct {
	Name                 string            `json:"name"`
	Host                 string            `json:"host"`
	Pool                 string            `json:"pool"`   // empty: the root pool
	Folder               string            `json:"folder"` // path below its data centre's root folder
	GuestAddress         string            `json:"guest_address"`
	PowerState           string            `json:"power_state"`
	IsTemplate           bool              `json:"is_template"`
	RelocateDisabled     bool              `json:"relocate_disabled"`
	BreaksOffAt          []string          `json:"breaks_off_at"` // hosts: half-way to them its migrations fail
	VCPUs                int32             `json:"vcpus"`
	MemoryMiB            int64             `json:"memory_mib"`
	CPUMHz               int32             `json:"cpu_mhz"`
	ActiveMiB            int32             `json:"active_mib"`
	ConsumedMiB          int32             `json:"consumed_mib"`
	CPUReservationMHz    int64             `json:"cpu_reservation_mhz"`
	MemoryReservationMiB int64             `json:"memory_reservation_mib"`
	Requirements         map[string]string `json:"requirements"` // feature requirements
	MinEVCMode           string            `json:"min_evc_mode"`
	Networks             []string          `json:"networks"`
	Disks                []Disk            `json:"disks"`
}

// Disk is one virtual disk.
type Disk struct {
	Datastore string `json:"datastore"`
	GiB       int64  `json:"gib"`
	IsThin    bool   `json:"is_thin"`
	StandsOn  string `json:"stands_on"` // a linked clone: the VM on whose disk it stands; empty for none
}

// Rule of a cluster; Kind is affinity, anti_affinity, run_on or not_run_on, Hosts are for the last two.
type Rule struct {
	Cluster     string   `json:"cluster"`
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	IsMandatory bool     `json:"is_mandatory"`
	IsEnabled   bool     `json:"is_enabled"`
	VMs         []string `json:"vms"`
	Hosts       []string `json:"hosts"`
}

func readDocument(path string) (*Document, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	document := &Document{}
	if err := decoder.Decode(document); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if document.User == "" || document.Password == "" {
		return nil, fmt.Errorf("%s: user and password are needed", path)
	}
	return document, document.check()
}
