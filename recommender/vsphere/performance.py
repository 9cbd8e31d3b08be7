"""vCenter's real-time samples (one each 20 s, kept for an hour) of many VMs at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyVmomi import vim

from recommender.vsphere.answer_xml import NAMESPACE, response_in
from recommender.vsphere.collector import read_object
from recommender.vsphere.connection import reaching
from recommender.vsphere.session import Service

INTERVAL_S: Final = 20
CHUNK: Final = 64  # vCenter refuses queries of too many entities (config.vpxd.stats.maxQueryMetrics: 64 by default)
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
_OF_EACH_INSTANCE: Final = frozenset({DISK_WRITE})  # there is no sum of them; the others are of the VM as a whole
_OURS: Final = f"{{{NAMESPACE}}}"
_MANAGER: Any = vim.PerformanceManager  # its methods as pyVmomi describes them
_QUERY: Any = _MANAGER.QueryPerf.info
_NOT_MEASURED: Final = -1


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one VM by counter, oldest first; counters that told nothing are not there."""

    moid: str
    by_counter: Mapping[str, tuple[int, ...]]


def counter_ids(service: Service) -> dict[str, int]:
    """The ids of the counters by name: they differ from one vCenter to the next."""
    if service.performance is None:
        return {}
    facts = read_object(service, service.performance, ("perfCounter",))
    return {
        f"{counter.groupInfo.key}.{counter.nameInfo.key}.{counter.rollupType}": counter.key
        for counter in (facts.get("perfCounter") if facts else None) or ()
    }


def vm_samples(service: Service, ids: Mapping[str, int], moids: Sequence[str], max_samples: int) -> Iterator[Samples]:
    """The last samples of each VM of which there are any. ``ids``: of the counters that are asked for, by name."""
    if not ids:
        return
    names = {number: name for name, number in ids.items()}
    metrics = [
        vim.PerformanceManager.MetricId(counterId=number, instance="*" if name in _OF_EACH_INSTANCE else "")
        for number, name in names.items()
    ]
    for begin in range(0, len(moids), CHUNK):
        specs = [
            vim.PerformanceManager.QuerySpec(
                entity=vim.VirtualMachine(moid),
                metricId=metrics,
                intervalId=INTERVAL_S,
                maxSample=max_samples,
                format="csv",
            )
            for moid in moids[begin : begin + CHUNK]
        ]
        content = service.channel.answer_to(service.performance, _QUERY, [specs])
        with reaching(service.channel.address):
            found = list(_samples_in(content, names))
        yield from found


def _samples_in(content: bytes, names: Mapping[int, str]) -> Iterator[Samples]:
    for told in response_in(content).iterfind(_OURS + "returnval"):
        by_counter: dict[str, tuple[int, ...]] = {}
        for series in told.iterfind(_OURS + "value"):
            name = names.get(int(series.findtext(f"{_OURS}id/{_OURS}counterId") or _NOT_MEASURED))
            values = [int(value) for value in (series.findtext(_OURS + "value") or "").split(",") if value]
            measured = tuple(value for value in values if value != _NOT_MEASURED)
            if name is not None and measured:
                by_counter[name] = _added(by_counter[name], measured) if name in by_counter else measured
        yield Samples(told.findtext(_OURS + "entity") or "", by_counter)


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Samples of two instances, counted back from the newest."""
    return tuple(a + b for a, b in zip(reversed(one), reversed(other), strict=False))[::-1]
