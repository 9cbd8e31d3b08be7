"""VMs' load by a window of real-time samples, kept compactly from one reading to the next."""

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from pyVmomi import vim

from recommender.inventory.demand import blended, percentile
from recommender.inventory.load import VmLoad
from recommender.inventory.measured import SELDOM_PERCENT
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import DemandPolicy
from recommender.vsphere.samples.performance import (
    ACTIVE,
    ACTIVE_WRITE,
    BALLOONED,
    CONSUMED,
    CPU_READY,
    CPU_USED,
    DISK_WRITE,
    INTERVAL_S,
    NOT_MEASURED,
    SWAPPED,
    VM_COUNTERS,
    Samples,
    counter_ids,
    samples_of,
)
from recommender.vsphere.session.session import Service

KIB_PER_MIB: Final = 1024
MS_PER_S: Final = 1000
SLOTS_PER_MINUTE: Final = 60 // INTERVAL_S
LARGEST: Final = (1 << 31) - 1  # what 4 bytes hold; more is no figure of a VM
FIRST_SAMPLES: Final = 15  # five minutes: of what is wanted for more than the demand, less will do at first
MEMORY: Final = (ACTIVE, ACTIVE_WRITE, CONSUMED, SWAPPED, BALLOONED)
ALL_BUT_CPU: Final = tuple(name for name in VM_COUNTERS if name != CPU_USED)


@dataclass(slots=True)
class VmWindow:
    """Samples of one VM.

    ``used_mhz``: CPU of each interval, oldest first. ``memory_mib``: for each minute the highest sample of each counter
    in ``MEMORY``, one after the other. ``newest``: the last value of each counter. The slots are those of the newest
    interval that is in there.
    """

    used_mhz: "array[int]" = field(default_factory=lambda: array("i"))
    used_slot: int = 0
    memory_mib: "array[int]" = field(default_factory=lambda: array("i"))
    memory_slot: int = 0
    newest: dict[str, int] = field(default_factory=dict)

    def take_in(self, samples: Samples, asked: Collection[str], length: int) -> None:
        """Add what is new of the counters that were asked for; no more than ``length`` intervals are kept."""
        told = {name: values for name in asked if (values := samples.of_all(name))}
        kept = {name: value for name, value in self.newest.items() if name not in asked}
        self.newest = kept | {name: values[-1] for name, values in told.items()}
        slot = samples.newest_slot
        if CPU_USED in told:
            new, gap = _new(told[CPU_USED], slot - self.used_slot)
            del self.used_mhz[:gap]
            self.used_mhz.extend(min(value, LARGEST) for value in new)
            del self.used_mhz[:-length]
            self.used_slot = max(slot, self.used_slot)
        if told.keys() & {*MEMORY}:
            self._take_in_memory(told, slot, length)

    def p95_mib(self, counter: str) -> int | None:
        """What the minutes of the window seldom exceed; ``None`` where nothing was told."""
        known = [value for value in self.memory_mib[MEMORY.index(counter) :: len(MEMORY)] if value != NOT_MEASURED]
        return int(percentile(known, SELDOM_PERCENT)) if known else None

    def _take_in_memory(self, told: dict[str, tuple[int, ...]], slot: int, length: int) -> None:
        width, rows = len(MEMORY), self.memory_mib
        series = [told.get(name, ()) for name in MEMORY]
        begin = max(self.memory_slot + 1, slot + 1 - max(map(len, series)))
        minute_before = self.memory_slot // SLOTS_PER_MINUTE
        gap = begin // SLOTS_PER_MINUTE - minute_before - 1
        if self.memory_slot and gap > 0:
            del rows[: gap * width]
        while begin <= slot:
            minute = begin // SLOTS_PER_MINUTE
            end = min((minute + 1) * SLOTS_PER_MINUTE - 1, slot)
            row = [_highest_mib(values, slot - end, slot - begin) for values in series]
            if minute == minute_before and rows:
                rows[-width:] = array("i", map(max, rows[-width:], row))
            else:
                rows.extend(row)
            begin, minute_before = end + 1, minute
        del rows[: -width * -(-length // SLOTS_PER_MINUTE)]
        self.memory_slot = max(slot, self.memory_slot)


class VmWindows:
    """The windows of all running VMs of several vCenters."""

    def __init__(self, policy: DemandPolicy) -> None:
        self._policy = policy
        self._length = max(1, policy.window_s // INTERVAL_S)
        self._windows: dict[EntityRef, VmWindow] = {}

    def take_in(self, service: Service, vms: Iterable[VirtualMachine], intervals: int) -> None:
        """Ask about running VMs; ``intervals`` have passed since the last time. One that tells nothing is forgotten."""
        known = counter_ids(service)
        ids = {name: known[name] for name in VM_COUNTERS if name in known}
        refs = [vm.ref for vm in vms if vm.ref.vcenter == service.vcenter]
        old = [ref.moid for ref in refs if ref in self._windows]
        fresh = [ref.moid for ref in refs if ref not in self._windows]
        rest = {name: ids[name] for name in ALL_BUT_CPU if name in ids}
        answered: set[EntityRef] = set()
        for counters, moids, number in (
            (ids, old, min(self._length, intervals)),
            ({name: ids[name] for name in (CPU_USED,) if name in ids}, fresh, self._length),
            (rest, fresh, min(self._length, FIRST_SAMPLES)),
        ):
            for samples in samples_of(service, vim.VirtualMachine, counters, moids, number):
                ref = EntityRef(service.vcenter, samples.moid)
                answered.add(ref)
                self._windows.setdefault(ref, VmWindow()).take_in(samples, counters, self._length)
        asked = {EntityRef(service.vcenter, moid) for moid in (old if intervals else ())}
        for ref in asked - answered:
            del self._windows[ref]

    def forget(self, vcenter: str) -> None:
        """What was sampled of a vCenter: from now on it would be older than it looks."""
        self.keep_only({ref for ref in self._windows if ref.vcenter != vcenter})

    def keep_only(self, refs: set[EntityRef]) -> None:
        """Forget all others."""
        for gone in self._windows.keys() - refs:
            del self._windows[gone]

    def loaded(self, vm: VirtualMachine) -> VirtualMachine:
        """The VM with the load of its window; without one, with what quick figures tell and all sensors missing."""
        if not vm.is_powered_on:
            return vm
        window, load = self._windows.get(vm.ref), vm.load
        if window is None:
            return replace(vm, load=replace(load, missing_sensors=(*_missing_quick(load), *VM_COUNTERS)))
        newest, ready_ms = window.newest, window.newest.get(CPU_READY)
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
                missing_sensors=(*_missing_quick(load), *(name for name in VM_COUNTERS if name not in newest)),
                memory_active_p95_mib=window.p95_mib(ACTIVE),
                memory_active_write_p95_mib=window.p95_mib(ACTIVE_WRITE),
                memory_consumed_p95_mib=window.p95_mib(CONSUMED),
                memory_swapped_p95_mib=window.p95_mib(SWAPPED),
                memory_ballooned_p95_mib=window.p95_mib(BALLOONED),
                window_s=len(window.used_mhz) * INTERVAL_S,
            ),
        )


def _new(values: tuple[int, ...], passed: int) -> tuple[tuple[int, ...], int]:
    """Those of the last ``passed`` intervals, and how many of these are not told: the window is older by so many."""
    if passed <= 0:
        return (), 0
    return values[-passed:], max(0, passed - len(values))


def _highest_mib(values_kib: tuple[int, ...], newest_back: int, oldest_back: int) -> int:
    """Of the values so far back from the newest, in whole MiB; ``NOT_MEASURED`` where there is none."""
    some = values_kib[max(0, len(values_kib) - 1 - oldest_back) : max(0, len(values_kib) - newest_back)]
    highest = _mib(max(some, default=None))
    return NOT_MEASURED if highest is None else min(highest, LARGEST)


def _missing_quick(load: VmLoad) -> tuple[str, ...]:
    return ("quickStats.overallCpuUsage",) if load.cpu_demand_mhz is None else ()


def _ready_percent(ready_ms: int, vcpus: int) -> float:
    """Of the time of all vCPUs (VMware knowledge base article 2002181)."""
    return round(100.0 * ready_ms / (INTERVAL_S * MS_PER_S * max(vcpus, 1)), 2)


def _mib(kib: int | None) -> int | None:
    return None if kib is None else -(-kib // KIB_PER_MIB)


def _mib_s(kib_s: int | None) -> float | None:
    return None if kib_s is None else kib_s / KIB_PER_MIB


def _or(value: int | None, otherwise: int | None) -> int | None:
    return otherwise if value is None else value
