"""Migrations and other tasks that are under way or queued in vCenter, whoever started them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pyVmomi import vim

from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.ports import TaskStatus
from recommender.vsphere.collector import read_referred
from recommender.vsphere.facts import moid_of, utc
from recommender.vsphere.session.session import Service
from recommender.vsphere.task_watch import TASK_PATHS, is_migration, task_status

Starts = dict[EntityRef, vim.event.VmEvent]  # the latest by VM
# vCenter posts one of these when a migration begins; they alone tell where to.
START_EVENTS = ("VmBeingHotMigratedEvent", "VmBeingMigratedEvent", "VmBeingRelocatedEvent")


def open_tasks(service: Service) -> tuple[TaskStatus, ...]:
    """The tasks of all entities that have not ended."""
    listed = read_referred(service, service.tasks, "recentTask", vim.Task, TASK_PATHS)
    tasks = [status for facts in listed if (status := task_status(facts)) is not None]
    return tuple(task for task in tasks if not task.has_ended)


def busy_with(tasks: Iterable[TaskStatus]) -> dict[EntityRef, str]:
    """By entity, the operation of a task that changes it and is no migration."""
    return {
        task.entity: task.operation or "a task"
        for task in tasks
        if not is_migration(task) and "check" not in task.operation.lower()
    }


def starts_of(service: Service, tasks: Iterable[TaskStatus]) -> Starts:
    """The start events of the migrations among the open ``tasks``, which alone tell where to."""
    return _starts(service, {task.entity: task for task in tasks if is_migration(task)})


def migrations_in_flight(
    vcenter: str,
    tasks: Iterable[TaskStatus],
    starts: Starts,
    vms: Mapping[EntityRef, VirtualMachine],
    hosts: frozenset[EntityRef],
) -> tuple[MigrationInFlight, ...]:
    """The migrations of ``vms`` among the open ``tasks``, each VM once.

    One whose destination vCenter does not tell (it is still queued) holds its own host, which marks the VM as busy.
    """
    moving = sorted({task.entity for task in tasks if is_migration(task) and task.entity in vms})
    return tuple(_flight(vcenter, vms[vm], starts.get(vm), hosts) for vm in moving)


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


def _starts(service: Service, tasks: dict[EntityRef, TaskStatus]) -> Starts:
    """The latest start event of each task's VM that is not older than the task."""
    queued: dict[EntityRef, datetime] = {vm: task.queued_at for vm, task in tasks.items() if task.queued_at}
    if not queued:
        return {}
    by_time = vim.event.EventFilterSpec.ByTime(beginTime=min(queued.values()))
    events = service.events.QueryEvents(
        vim.event.EventFilterSpec(time=by_time, eventTypeId=list(START_EVENTS), disableFullMessage=True)
    )
    starts: Starts = {}
    for event in sorted(events or (), key=lambda event: (event.createdTime, event.key)):
        vm = _target(service.vcenter, event.vm, "vm")
        created = utc(event.createdTime)
        if vm in queued and created is not None and created >= queued[vm]:
            starts[vm] = event
    return starts


def _target(vcenter: str, argument: Any, field: str) -> EntityRef | None:
    target = getattr(argument, field, None)
    return None if target is None else EntityRef(vcenter, moid_of(target))
