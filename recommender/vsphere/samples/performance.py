"""vCenter's real-time samples (one each 20 s, kept for an hour) of many VMs or hosts at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from pyVmomi import vim

from recommender.vsphere.answers.values import NAMESPACE, response_in
from recommender.vsphere.collector import read_object
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.session import Service

INTERVAL_S: Final = 20
CHUNK: Final = 64  # vCenter refuses queries of too many entities (config.vpxd.stats.maxQueryMetrics: 64 by default)
NOT_MEASURED: Final = -1
# By the name that vSphere documents (group.name.rollup); units are MHz, milliseconds of an interval, and KiB.
CPU_USED: Final = "cpu.usagemhz.average"
CPU_READY: Final = "cpu.ready.summation"
ACTIVE: Final = "mem.active.average"
ACTIVE_WRITE: Final = "mem.activewrite.average"
CONSUMED: Final = "mem.consumed.average"
SWAPPED: Final = "mem.swapped.average"
BALLOONED: Final = "mem.vmmemctl.average"
DISK_WRITE: Final = "virtualDisk.write.average"  # KiB/s of each virtual disk
VM_COUNTERS: Final[tuple[str, ...]] = (
    CPU_USED,
    CPU_READY,
    ACTIVE,
    ACTIVE_WRITE,
    CONSUMED,
    SWAPPED,
    BALLOONED,
    DISK_WRITE,
)
DISK_LATENCY: Final = "disk.maxTotalLatency.latest"  # ms, of the slowest disk of a host
SENT: Final = "net.transmitted.average"  # KiB/s of each physical NIC of a host
RECEIVED: Final = "net.received.average"
# Of each datastore of a host, whose instance is the last part of its URL: ms, and how many in a second.
READ_LATENCY: Final = "datastore.totalReadLatency.average"
WRITE_LATENCY: Final = "datastore.totalWriteLatency.average"
READS: Final = "datastore.numberReadAveraged.average"
WRITES: Final = "datastore.numberWriteAveraged.average"
HOST_COUNTERS: Final[tuple[str, ...]] = (
    DISK_LATENCY,
    SENT,
    RECEIVED,
    READ_LATENCY,
    WRITE_LATENCY,
    READS,
    WRITES,
)
# There is no sum of them that would serve; the others are of the entity as a whole.
_OF_EACH_INSTANCE: Final = frozenset({DISK_WRITE, *HOST_COUNTERS} - {DISK_LATENCY})
_OURS: Final = f"{{{NAMESPACE}}}"
_MANAGER: Any = vim.PerformanceManager  # its methods as pyVmomi describes them
_QUERY: Any = _MANAGER.QueryPerf.info


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one entity by counter and instance, oldest first, ``NOT_MEASURED`` where there is a hole.

    ``newest_slot`` is the number of the newest one's interval since 1970.
    """

    moid: str
    newest_slot: int
    series: Mapping[tuple[str, str], tuple[int, ...]]

    def of_all(self, counter: str) -> tuple[int, ...]:
        """A counter's samples added up over its instances, counted back from the newest; without holes."""
        total: tuple[int, ...] = ()
        for (name, _), values in self.series.items():
            if name == counter:
                known = tuple(value for value in values if value != NOT_MEASURED) if NOT_MEASURED in values else values
                total = added(total, known) if total else known
        return total


def added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Samples of two instances, counted back from the newest."""
    return tuple(a + b for a, b in zip(reversed(one), reversed(other), strict=False))[::-1]


def counter_ids(service: Service) -> dict[str, int]:
    """The ids of the counters by name: they differ from one vCenter to the next, and are asked for once a session."""
    if service.performance is None:
        return {}
    if not service.counters:
        facts = read_object(service, service.performance, ("perfCounter",))
        for counter in (facts.get("perfCounter") if facts else None) or ():
            name = f"{counter.groupInfo.key}.{counter.nameInfo.key}.{counter.rollupType}"
            service.counters[name] = counter.key
    return service.counters


def samples_of(
    service: Service, kind: Any, ids: Mapping[str, int], moids: Sequence[str], max_samples: int
) -> Iterator[Samples]:
    """The last samples of each entity of which there are any.

    ``kind`` is pyVmomi's type of the entities, ``ids`` are those of the counters that are asked for, by name.
    """
    if not ids or max_samples < 1:
        return
    names = {number: name for name, number in ids.items()}
    metrics = [
        vim.PerformanceManager.MetricId(counterId=number, instance="*" if name in _OF_EACH_INSTANCE else "")
        for number, name in names.items()
    ]
    for begin in range(0, len(moids), CHUNK):
        specs = [
            vim.PerformanceManager.QuerySpec(
                entity=kind(moid), metricId=metrics, intervalId=INTERVAL_S, maxSample=max_samples, format="csv"
            )
            for moid in moids[begin : begin + CHUNK]
        ]
        content = service.channel.answer_to(service.performance, _QUERY, [specs])
        with reaching(service.channel.address):
            found = list(_samples_in(content, names))
        yield from found


def _samples_in(content: bytes, names: Mapping[int, str]) -> Iterator[Samples]:
    for told in response_in(content).iterfind(_OURS + "returnval"):
        # Interval and time of each sample: 20,2026-01-05T09:00:00Z,20,2026-01-05T09:00:20Z
        newest = (told.findtext(_OURS + "sampleInfoCSV") or "").rpartition(",")[2]
        if not newest:
            continue  # nothing was measured
        series: dict[tuple[str, str], tuple[int, ...]] = {}
        for one in told.iterfind(_OURS + "value"):
            name = names.get(int(one.findtext(f"{_OURS}id/{_OURS}counterId") or NOT_MEASURED))
            values = tuple([int(value) for value in (one.findtext(_OURS + "value") or "").split(",") if value])
            if name is not None and any(value != NOT_MEASURED for value in values):
                series[name, one.findtext(f"{_OURS}id/{_OURS}instance") or ""] = values
        yield Samples(told.findtext(_OURS + "entity") or "", _slot(newest), series)


@lru_cache(maxsize=64)  # most entities were measured at the same moments
def _slot(time: str) -> int:
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) // INTERVAL_S
