"""An inventory whose VMs' load is that of a window of real-time samples, kept compactly from poll to poll."""

import logging
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Final

from pyVmomi import vmodl

from recommender.errors import InventoryUnavailable
from recommender.inventory.demand import blended
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import DemandPolicy
from recommender.ports import InventorySource
from recommender.vsphere.performance import (
    ACTIVE,
    ACTIVE_WRITE,
    BALLOONED,
    CONSUMED,
    CPU_READY,
    CPU_USED,
    DISK_WRITE,
    INTERVAL_S,
    SWAPPED,
    VM_COUNTERS,
    Samples,
    counter_ids,
    vm_samples,
)
from recommender.vsphere.session import Service, Session

_log = logging.getLogger(__name__)

KIB_PER_MIB: Final = 1024
MS_PER_S: Final = 1000


@dataclass(slots=True)
class _Window:
    """CPU use in MHz (4 bytes a sample, oldest first) and the newest sample of everything else."""

    used_mhz: "array[int]" = field(default_factory=lambda: array("i"))
    newest: dict[str, int] = field(default_factory=dict)

    def take_in(self, samples: Samples, length: int) -> None:
        self.used_mhz.extend(samples.by_counter.get(CPU_USED, ()))
        del self.used_mhz[:-length]
        self.newest = {name: values[-1] for name, values in samples.by_counter.items()}


class SampledInventorySource:
    """Another source's inventory, with load by the policy. A vCenter that tells no samples leaves it as it was."""

    def __init__(self, source: InventorySource, sessions: Sequence[Session], policy: DemandPolicy) -> None:
        self._source, self._sessions, self._policy = source, tuple(sessions), policy
        self._windows: dict[EntityRef, _Window] = {}
        self._asked_at: dict[str, datetime] = {}

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        inventory = self._source.read()
        running = [vm for vm in inventory.virtual_machines if vm.is_powered_on]
        for session in self._sessions:
            here = [vm.ref for vm in running if vm.ref.vcenter == session.vcenter]
            try:
                session.reading(lambda service, here=here: self._sample(service, here, inventory.taken_at))  # type: ignore[misc]  # bound now
            except (InventoryUnavailable, vmodl.MethodFault) as error:
                self._asked_at.pop(session.vcenter, None)
                _log.warning("no real-time samples of %s, load is what quick figures tell: %s", session.vcenter, error)
        there = {vm.ref for vm in running}
        for gone in self._windows.keys() - there:
            del self._windows[gone]
        return replace(inventory, virtual_machines=tuple(map(self._loaded, inventory.virtual_machines)))

    def _sample(self, service: Service, refs: Iterable[EntityRef], now: datetime) -> None:
        known = counter_ids(service)
        ids = {name: known[name] for name in VM_COUNTERS if name in known}
        length = self._policy.window_s // INTERVAL_S
        before = self._asked_at.get(service.vcenter)
        new = length if before is None else min(length, ceil((now - before).total_seconds() / INTERVAL_S))
        moids = [ref.moid for ref in refs]
        old = [moid for moid in moids if EntityRef(service.vcenter, moid) in self._windows]
        fresh = [moid for moid in moids if EntityRef(service.vcenter, moid) not in self._windows]
        for asked, number in ((old, new), (fresh, length)):
            for samples in vm_samples(service, ids, asked, number) if number > 0 else ():
                window = self._windows.setdefault(EntityRef(service.vcenter, samples.moid), _Window())
                window.take_in(samples, length)
        self._asked_at[service.vcenter] = now

    def _loaded(self, vm: VirtualMachine) -> VirtualMachine:
        window = self._windows.get(vm.ref)
        if window is None or not vm.is_powered_on:
            return vm
        load, newest = vm.load, window.newest
        ready_ms = newest.get(CPU_READY)
        return replace(
            vm,
            load=replace(
                load,
                cpu_demand_mhz=blended(load.cpu_demand_mhz, window.used_mhz, self._policy),
                cpu_now_mhz=load.cpu_demand_mhz,
                cpu_ready_percent=None if ready_ms is None else _ready_percent(ready_ms, vm.vcpus),
                memory_active_mib=_or(_mib(newest.get(ACTIVE)), load.memory_active_mib),
                memory_consumed_mib=_or(_mib(newest.get(CONSUMED)), load.memory_consumed_mib),
                memory_active_write_mib=_mib(newest.get(ACTIVE_WRITE)),
                disk_write_mib_s=_mib_s(newest.get(DISK_WRITE)),
                memory_swapped_mib=_mib(newest.get(SWAPPED)),
                memory_ballooned_mib=_mib(newest.get(BALLOONED)),
                missing_sensors=_missing(window, load),
            ),
        )


def _missing(window: _Window, load: VmLoad) -> tuple[str, ...]:
    quick = (("quickStats.overallCpuUsage", load.cpu_demand_mhz),)
    return (
        *(name for name, value in quick if value is None),
        *(name for name in VM_COUNTERS if name not in window.newest),
    )


def _ready_percent(ready_ms: int, vcpus: int) -> float:
    """Of the time of all vCPUs (VMware knowledge base article 2002181)."""
    return round(100.0 * ready_ms / (INTERVAL_S * MS_PER_S * max(vcpus, 1)), 2)


def _mib(kib: int | None) -> int | None:
    return None if kib is None else -(-kib // KIB_PER_MIB)


def _mib_s(kib_s: int | None) -> float | None:
    return None if kib_s is None else kib_s / KIB_PER_MIB


def _or(value: int | None, otherwise: int | None) -> int | None:
    return otherwise if value is None else value
