"""What real-time samples of hosts tell of their disks, their vMotion NICs, and their datastores."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.measured import Measured, measured
from recommender.inventory.reference import EntityRef
from recommender.vsphere.samples.performance import (
    DISK_LATENCY,
    HOST_COUNTERS,
    INTERVAL_S,
    NOT_MEASURED,
    READ_LATENCY,
    READS,
    RECEIVED,
    SENT,
    WRITE_LATENCY,
    WRITES,
    Samples,
    added,
    counter_ids,
    samples_of,
)
from recommender.vsphere.session.session import Service

FIRST_SAMPLES: Final = 15  # five minutes: there is a series for each datastore of each host
IDLE_SLOTS: Final = 15  # what took so long five minutes ago tells nothing of now
BITS_PER_MBIT: Final = 1_000_000
BITS_PER_KIB: Final = 8 * 1024


@dataclass(slots=True)
class _HostWindow:
    """Samples of one host by what they tell, oldest first, up to the interval ``slot``."""

    slot: int = 0
    series: dict[str, "array[float]"] = field(default_factory=dict)

    def extend(self, told: dict[str, tuple[float, ...]], passed: int, length: int) -> None:
        """Add what ``passed`` intervals tell; a counter that tells nothing any more is forgotten."""
        for gone in self.series.keys() - told.keys():
            del self.series[gone]
        for name, values in told.items():
            kept = self.series.setdefault(name, array("f"))
            new = values[-passed:]
            del kept[: passed - len(new)]
            kept.extend(new)
            del kept[:-length]


@dataclass(slots=True)
class _StoreSlot:
    """What was told of one datastore in one interval: how many reads and writes, and what all of them took in ms."""

    number: float = 0.0
    took_ms: float = 0.0


class HostWindows:
    """The windows of all connected hosts and of the datastores that they mount, of several vCenters.

    ``window_s`` is how much of the past is kept; the first reading asks for the last five minutes.
    """

    def __init__(self, window_s: int) -> None:
        self._length = max(1, window_s // INTERVAL_S)
        self._hosts: dict[EntityRef, _HostWindow] = {}
        self._stores: defaultdict[EntityRef, dict[int, _StoreSlot]] = defaultdict(dict)
        self._told_by: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)

    def take_in(self, service: Service, hosts: Iterable[Host], datastores: Iterable[Datastore], intervals: int) -> None:
        """Ask about hosts that are connected; ``intervals`` have passed since the last time."""
        known = counter_ids(service)
        ids = {name: known[name] for name in HOST_COUNTERS if name in known}
        here = {host.ref.moid: host for host in hosts if host.ref.vcenter == service.vcenter}
        stores = {store.ref: _instance_of(store) for store in datastores if store.ref.vcenter == service.vcenter}
        old = [moid for moid, host in here.items() if host.ref in self._hosts]
        fresh = [moid for moid, host in here.items() if host.ref not in self._hosts]
        answered: set[EntityRef] = set()
        for moids, number in ((old, min(intervals, self._length)), (fresh, min(FIRST_SAMPLES, self._length))):
            for samples in samples_of(service, vim.HostSystem, ids, moids, number):
                host = here[samples.moid]
                answered.add(host.ref)
                self._take_in_host(host, samples, stores)
        self._silence({host.ref for host in here.values()} - answered)
        self._forget_old_slots()

    def forget(self, vcenter: str) -> None:
        """What was sampled of a vCenter: from now on it would be older than it looks."""
        self.keep_only({ref for ref in (*self._hosts, *self._stores) if ref.vcenter != vcenter})

    def keep_only(self, refs: set[EntityRef]) -> None:
        """Forget all other hosts and datastores."""
        tables: tuple[dict[EntityRef, Any], ...] = (self._hosts, self._stores, self._told_by)
        for table in tables:
            for gone in table.keys() - refs:
                del table[gone]
        for told_by in self._told_by.values():
            told_by.intersection_update(refs)

    def loaded(self, host: Host) -> Host:
        """The host with what its samples tell, and with the names of the counters that tell nothing."""
        window = self._hosts.get(host.ref)
        series = window.series if window is not None else {}
        return replace(
            host,
            load=replace(
                host.load,
                disk_latency_ms=_measured(series.get(DISK_LATENCY)),
                vmotion_sent_mbit_s=_measured(series.get(SENT)),
                vmotion_received_mbit_s=_measured(series.get(RECEIVED)),
                missing_sensors=tuple(name for name in (DISK_LATENCY, SENT, RECEIVED) if name not in series),
            ),
        )

    def loaded_store(self, store: Datastore) -> Datastore:
        """The datastore with what the hosts' samples tell of it."""
        slots = self._stores.get(store.ref, {})
        busy = sorted(slot for slot in slots if slots[slot].number)
        hosts = len(self._told_by.get(store.ref, ()))
        is_idle = not hosts or not busy or busy[-1] <= max(slots) - IDLE_SLOTS
        latencies = [slots[slot].took_ms / slots[slot].number for slot in busy]
        return replace(store, load=DatastoreLoad(latency_ms=None if is_idle else _measured(latencies), hosts=hosts))

    def _take_in_host(self, host: Host, samples: Samples, stores: dict[EntityRef, str]) -> None:
        window = self._hosts.setdefault(host.ref, _HostWindow())
        passed = samples.newest_slot - window.slot
        if passed <= 0:
            return
        window.slot = samples.newest_slot
        told: dict[str, tuple[float, ...]] = {}
        latency = samples.of_all(DISK_LATENCY)
        if latency:
            told[DISK_LATENCY] = latency
        nics = {nic for adapter in host.vmotion_adapters or () for nic in adapter.nics}
        for counter in (SENT, RECEIVED):
            rates = _rates_mbit_s(samples, counter, nics)
            if rates:
                told[counter] = rates
        window.extend(told, passed, self._length)
        for ref in (*host.datastores, *host.read_only_datastores):
            if ref in stores:
                self._take_in_store(host.ref, ref, samples, stores[ref], passed)

    def _take_in_store(self, host: EntityRef, ref: EntityRef, samples: Samples, instance: str, passed: int) -> None:
        told = False
        slots = self._stores[ref]
        for latency, number in ((READ_LATENCY, READS), (WRITE_LATENCY, WRITES)):
            one, other = (samples.series.get((name, instance), ()) for name in (latency, number))
            pairs = list(zip(reversed(one), reversed(other), strict=False))[:passed]
            for back, (took_ms, count) in enumerate(pairs):
                if NOT_MEASURED in (took_ms, count):
                    continue
                told = True
                slot = slots.setdefault(samples.newest_slot - back, _StoreSlot())
                slot.number += count
                slot.took_ms += count * took_ms
        if told:
            self._told_by[ref].add(host)
        else:
            self._told_by[ref].discard(host)

    def _silence(self, hosts: set[EntityRef]) -> None:
        """These tell nothing any more; what their datastores were, others know."""
        for ref in hosts & self._hosts.keys():
            self._hosts[ref].series.clear()
        for told_by in self._told_by.values():
            told_by.difference_update(hosts)

    def _forget_old_slots(self) -> None:
        for slots in self._stores.values():
            oldest = max(slots, default=0) - self._length
            for slot in [slot for slot in slots if slot <= oldest]:
                del slots[slot]


def _instance_of(store: Datastore) -> str:
    """What hosts' counters call a datastore: the last part of ``ds:///vmfs/volumes/4f1b…/``."""
    return (store.url or "").rstrip("/").rpartition("/")[2]


def _rates_mbit_s(samples: Samples, counter: str, nics: set[str]) -> tuple[float, ...]:
    """Of these NICs together, from KiB/s."""
    total: tuple[int, ...] = ()
    for (name, instance), values in samples.series.items():
        if name == counter and instance in nics and NOT_MEASURED not in values:
            total = added(total, values) if total else values
    return tuple(value * BITS_PER_KIB / BITS_PER_MBIT for value in total)


def _measured(samples: Sequence[float] | None) -> Measured | None:
    figure = measured(samples, INTERVAL_S) if samples is not None else None
    if figure is None:
        return None
    return replace(figure, newest=round(figure.newest, 3), p95=round(figure.p95, 3))
