"""Migrations that are under way or queued in vCenter, whoever started them."""

from datetime import datetime
from typing import Any

from pyVmomi import vim

from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.ports import TaskStatus
from recommender.vsphere.collector import read_referred
from recommender.vsphere.facts import moid_of, utc
from recommender.vsphere.session import Service
from recommender.vsphere.task_watch import TASK_PATHS, is_migration, task_status

# vCenter posts one of these when a migration begins; they alone tell where to.
START_EVENTS = ("VmBeingHotMigratedEvent", "VmBeingMigratedEvent", "VmBeingRelocatedEvent")


def migrations_in_flight(
    service: Service, vms: dict[EntityRef, VirtualMachine], hosts: frozenset[EntityRef]
) -> tuple[MigrationInFlight, ...]:
    """The migrations of ``vms`` that have not ended, each VM once.

    One whose destination vCenter does not tell (it is still queued) holds its own host, which marks the VM as busy.
    """
    listed = read_referred(service, service.tasks, "recentTask", vim.Task, TASK_PATHS)
    tasks = [status for facts in listed if (status := task_status(facts)) is not None]
    open_tasks = {
        task.entity: task for task in tasks if is_migration(task) and not task.has_ended and task.entity in vms
    }
    starts = _starts(service, open_tasks) if open_tasks else {}
    return tuple(_flight(service.vcenter, vms[vm], starts.get(vm), hosts) for vm in sorted(open_tasks))


def _flight(
    vcenter: str, vm: VirtualMachine, start: vim.event.VmEvent | None, hosts: frozenset[EntityRef]
) -> MigrationInFlight:
    destination = _target(vcenter, getattr(start, "destHost", None), "host")
    datastore = _target(vcenter, getattr(start, "destDatastore", None), "datastore")
    return MigrationInFlight(
        vm=vm.ref,
        destination=destination if destination in hosts else vm.host,
        destination_datastores=(datastore,) if datastore and datastore not in vm.datastores else (),
    )


def _starts(service: Service, tasks: dict[EntityRef, TaskStatus]) -> dict[EntityRef, vim.event.VmEvent]:
    """The latest start event of each task's VM that is not older than the task."""
    queued: dict[EntityRef, datetime] = {vm: task.queued_at for vm, task in tasks.items() if task.queued_at}
    if not queued:
        return {}
    by_time = vim.event.EventFilterSpec.ByTime(beginTime=min(queued.values()))
    events = service.events.QueryEvents(
        vim.event.EventFilterSpec(time=by_time, eventTypeId=list(START_EVENTS), disableFullMessage=True)
    )
    starts: dict[EntityRef, vim.event.VmEvent] = {}
    for event in sorted(events or (), key=lambda event: (event.createdTime, event.key)):
        vm = _target(service.vcenter, event.vm, "vm")
        created = utc(event.createdTime)
        if vm in queued and created is not None and created >= queued[vm]:
            starts[vm] = event
    return starts


def _target(vcenter: str, argument: Any, field: str) -> EntityRef | None:
    target = getattr(argument, field, None)
    return None if target is None else EntityRef(vcenter, moid_of(target))
