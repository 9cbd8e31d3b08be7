package main

import (
	"encoding/json"
	"log"
	"os"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// TaskHistory writes down every task twice: when it is made and when it has ended. Unlike vCenter it forgets nothing.
type TaskHistory struct {
	mutex sync.Mutex
	file  *os.File
}

// TaskLine is one line of it.
type TaskLine struct {
	Task          string    `json:"task"`
	Entity        string    `json:"entity"`
	Operation     string    `json:"operation"`
	OperationID   string    `json:"operation_id"`
	State         string    `json:"state"` // queued, success or error
	At            time.Time `json:"at"`
	EntityIsNowOn string    `json:"entity_is_now_on"` // the host of a VM, at the end
}

func openTaskHistory(path string) (*TaskHistory, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &TaskHistory{file: file}, nil
}

func (h *TaskHistory) tell(ctx *simulator.Context, task *simulator.Task, world *World) {
	if h == nil {
		return
	}
	info := task.Info
	told := TaskLine{
		Task: info.Key, Entity: info.Entity.Value, Operation: info.DescriptionId, OperationID: info.ActivationId,
		State: string(info.State), At: time.Now().UTC(),
	}
	// While it is made the call holds the VM.
	if vm, is := find[*simulator.VirtualMachine](world, info.Entity); is && info.CompleteTime != nil {
		ctx.WithLock(vm, func() { told.EntityIsNowOn = vm.Runtime.Host.Value })
	}
	line, _ := json.Marshal(told)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if _, err := h.file.Write(append(line, '\n')); err != nil {
		log.Print(err)
	}
}
