"""Tasks that were queued on one VM or host since a time, from its own list and from vCenter's history."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pyVmomi import vim, vmodl

from recommender.ports import TaskStatus
from recommender.vsphere.collector import read_referred
from recommender.vsphere.facts import Facts, moid_of, utc
from recommender.vsphere.session.session import Service
from recommender.vsphere.task_watch import TASK_PATHS, task_status

PAGE_SIZE = 100
# vCenter keeps times to the microsecond or less, and our two clocks are compared over the network.
MARGIN = timedelta(seconds=1)


def tasks_since(service: Service, entity: vim.ManagedEntity, since: datetime, now: datetime) -> tuple[TaskStatus, ...]:
    """The tasks queued on ``entity`` since then, oldest first.

    ``since`` and ``now`` are of our clock; vCenter's may be wrong, so ``since`` is shifted by what they differ.
    """
    theirs = utc(vim.ServiceInstance("ServiceInstance", service.channel).CurrentTime()) or now
    begin = since + (theirs - now) - MARGIN
    # The history first: what ends between the two readings is then told as it ended.
    read = [*_history_of(service, entity, begin), *read_referred(service, entity, "recentTask", vim.Task, TASK_PATHS)]
    found = {status.task: status for facts in read if (status := task_status(facts)) is not None}
    dated = [(status.queued_at, status.task, status) for status in found.values() if status.queued_at is not None]
    return tuple(status for queued_at, _, status in sorted(dated) if queued_at >= begin)


def _history_of(service: Service, entity: vim.ManagedEntity, begin: datetime) -> list[Facts]:
    """What the history tells; of an entity that is gone (to another vCenter, say) it tells nothing."""
    try:
        return list(_history(service, entity, begin))
    except vmodl.fault.ManagedObjectNotFound:
        return []


def _history(service: Service, entity: vim.ManagedEntity, begin: datetime) -> Iterator[Facts]:
    wanted = vim.TaskFilterSpec(
        entity=vim.TaskFilterSpec.ByEntity(entity=entity, recursion=vim.TaskFilterSpec.RecursionOption.self),
        time=vim.TaskFilterSpec.ByTime(timeType=vim.TaskFilterSpec.TimeOption.queuedTime, beginTime=begin),
    )
    collector = service.tasks.CreateCollectorForTasks(wanted)
    try:
        collector.RewindCollector()
        while page := collector.ReadNextTasks(PAGE_SIZE):
            for info in page:
                values = {path: getattr(info, path.removeprefix("info.")) for path in TASK_PATHS}
                yield Facts(service.vcenter, "Task", moid_of(info.task), values)
    finally:
        collector.DestroyCollector()
