"""Whether vCenter tells the samples that load is made of."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.finding import Finding, Severity
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.vsphere.samples.performance import (
    CHUNK,
    CPU_USED,
    HOST_COUNTERS,
    NOT_MEASURED,
    VM_COUNTERS,
    counter_ids,
    samples_of,
)
from recommender.vsphere.session.session import Service

AREA: Final = "load"
SAMPLES: Final = 3


def sensor_findings(service: Service, inventory: Inventory) -> Iterator[Finding]:
    """Asks about some running VMs and some connected hosts; one finding."""
    running = [vm.ref.moid for vm in inventory.virtual_machines if vm.is_powered_on][:CHUNK]
    connected = [host.ref.moid for host in inventory.hosts if host.connection_state is ConnectionState.CONNECTED][
        :CHUNK
    ]
    if not running:
        return
    silent = [
        *_silent(service, vim.VirtualMachine, VM_COUNTERS, running),
        *_silent(service, vim.HostSystem, HOST_COUNTERS, connected),
    ]
    told = f"real-time samples of {len(running)} VMs and {len(connected)} hosts were asked for"
    if CPU_USED in silent:
        yield Finding(
            severity=Severity.WARNING,
            area=AREA,
            subject=service.vcenter,
            told=f"{told}: {CPU_USED} is not told, so that load is what vCenter's quick figures tell at the moment",
            remedy="check that the hosts' clocks are right and that vpxa runs on them",
        )
        return
    yield Finding(
        severity=Severity.OK,
        area=AREA,
        subject=service.vcenter,
        told=told + (f"; nothing is told of {', '.join(silent)}" if silent else "; all counters are told"),
    )


def _silent(service: Service, kind: Any, counters: Sequence[str], moids: Sequence[str]) -> list[str]:
    """The counters that no entity tells."""
    known = counter_ids(service)
    ids = {name: known[name] for name in counters if name in known}
    told = {
        name
        for samples in samples_of(service, kind, ids, moids, SAMPLES)
        for (name, _), values in samples.series.items()
        if any(value != NOT_MEASURED for value in values)
    }
    return [name for name in counters if name not in told]
