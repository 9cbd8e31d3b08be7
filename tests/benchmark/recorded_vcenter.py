"""A vCenter of any size that plays back, over TLS and in a process of its own, what the simulator told of one cluster.

For sizes at which the simulator itself is too slow to grow and, looking at everything for each update, to follow. What
it answers is the simulator's own XML of one cluster (recorded right before), repeated with other ids and names; a call
of WaitForUpdatesEx tells everything the first time, and afterwards a new CPU use of some VMs.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from pyVmomi import vmodl

from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from recommender.vsphere.session.session import Session
from recommender.vsphere.sources.reading import read_everything
from tests.contract.estate import Estate
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.unit.vsphere import soap
from tests.unit.vsphere.fake_vcenter import CERTIFICATES, FakeVCenter, Handler, pin_of

REPEATED: Final = ("VirtualMachine", "HostSystem", "ClusterComputeResource", "ComputeResource", "ResourcePool")
PAGE: Final = 250
UPDATES: Final = 1000
OFFERED, ASKED = 200, 60
_COPY: Final = b"{copy}!!"  # in place of the first eight digits of what has to be unique
_OPEN: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope '
    b'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><%sResponse xmlns="urn:vim25"><returnval>'
)
_CLOSE: Final = b"</returnval></%sResponse></soapenv:Body></soapenv:Envelope>"

Objects = dict[str, list[bytes]]


@contextmanager
def recorded_vcenter(clusters: int, hosts: int, vms: int, *, changing: int = 0) -> Iterator[VCenterAddress]:
    """The address of one with so many clusters, each of so many hosts and VMs; ``changing`` VMs change each time."""
    recorded = _record(hosts, vms)
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs, recorded, clusters, changing), daemon=True)
    process.start()
    try:
        yield VCenterAddress(
            name="vc",
            url=f"https://127.0.0.1:{ours.recv()}/sdk",
            credentials=VCenterCredentials(user="operator", password=lambda: "unused"),
            certificate_pin=pin_of(CERTIFICATES / "server.pem"),
            timeout_ms=600_000,
        )
    finally:
        process.terminate()
        process.join()


def _record(hosts: int, vms: int) -> Objects:
    """By kind, what the simulator tells of each object of one cluster."""
    recorded: Objects = {kind.__name__.removeprefix("vim.").rpartition(".")[2]: [] for kind in EVERYTHING}
    with tempfile.TemporaryDirectory() as folder, running_simulator(Path(folder), _estate(hosts, vms)) as simulator:
        session = Session(simulator.address(timeout_ms=600_000))

        def reading(service: Any) -> None:
            answer_to, kinds = service.channel.answer_to, iter(recorded)

            def listening(managed_object: Any, info: Any, arguments: list[Any]) -> bytes:
                content: bytes = answer_to(managed_object, info, arguments)
                if info.wsdlName == "RetrievePropertiesEx":
                    listening.kind = next(kinds, "")  # type: ignore[attr-defined]
                told = re.findall(rb"<objects>(.*?)</objects>", content, re.DOTALL)
                recorded.get(listening.kind, []).extend(_marked(one) for one in told)  # type: ignore[attr-defined]
                return content

            service.channel.answer_to = listening
            read_everything(service)
            del service.channel.answer_to

        session.reading(reading)
        session.close()
    return recorded


def _estate(hosts: int, vms: int) -> Estate:
    """As many features of CPUs as a host offers and as a VM asks for in reality, or nearly so."""
    estate = uniform(hosts, vms)
    offered = {f"cpuid.feature{number:03d}": "1" for number in range(OFFERED)}
    asked = dict.fromkeys(list(offered)[:ASKED], "Bool:Min:1")
    return replace(
        estate,
        hosts=tuple(replace(host, features=offered) for host in estate.hosts),
        vms=tuple(replace(vm, requirements=asked) for vm in estate.vms),
    )


def _marked(told: bytes) -> bytes:
    # As vCenter writes it: the simulator declares the prefix anew, under another name, for each value.
    told = re.sub(rb' xmlns:_XMLSchema-instance="[^"]*"', b"", told).replace(b"_XMLSchema-instance:", b"xsi:")
    return re.sub(rb"(uuid</name><val[^>]*>)[0-9a-f]{8}", rb"\g<1>" + _COPY, told, flags=re.IGNORECASE)


def _copied(told: bytes, copy: int) -> bytes:
    number = b"%d-" % copy
    for prefix in (b"vm-", b"host-", b"esx-", b"domain-c", b"resgroup-"):
        told = told.replace(prefix, prefix + number)
    return told.replace(_COPY, b"%08x" % copy)


@dataclass
class _Playing(FakeVCenter):
    recorded: Any = None
    clusters: int = 1
    turns: int = 0
    changing: int = 0

    def behaviour(self, method: str) -> Any:
        self.calls.clear()
        playing = getattr(self, f"_{method}", None)
        return super().behaviour(method) if playing is None else playing

    def number_of(self, kind: str) -> int:
        return len(self.recorded.get(kind, ())) * (self.clusters if kind in REPEATED else 1)

    def objects(self, kind: str, begin: int, end: int) -> list[bytes]:
        told = self.recorded.get(kind, [])
        numbers = range(begin, min(end, self.number_of(kind)))
        return [_copied(told[number % len(told)], number // len(told)) for number in numbers]

    def _CreateContainerView(self, handler: Handler) -> None:  # noqa: N802  # as the API names it
        kind = _last(r"<type[^>]*>(\w+)</type>", handler.body)
        handler.send(soap.answer("CreateContainerView", soap.managed_object("ContainerView", f"view-{kind}")))

    def _CreatePropertyCollector(self, handler: Handler) -> None:  # noqa: N802
        collector = vmodl.query.PropertyCollector("following")
        handler.send(soap.answer("CreatePropertyCollector", collector))

    def _CreateFilter(self, handler: Handler) -> None:  # noqa: N802
        kind = _last(r"view-(\w+)<", handler.body)
        handler.send(soap.answer("CreateFilter", vmodl.query.PropertyCollector.Filter(f"filter-{kind}")))

    def _RetrievePropertiesEx(self, handler: Handler) -> None:  # noqa: N802
        found = re.findall(r"view-(\w+)<", handler.body)
        self._page(handler, "RetrievePropertiesEx", found[0] if found else "", 0)

    def _ContinueRetrievePropertiesEx(self, handler: Handler) -> None:  # noqa: N802
        kind, _, begin = _last(r"<token[^>]*>([\w:]+)</token>", handler.body).partition(":")
        self._page(handler, "ContinueRetrievePropertiesEx", kind, int(begin))

    def _WaitForUpdatesEx(self, handler: Handler) -> None:  # noqa: N802
        version = _last(r"<version[^>]*>([\w:]*)</version>", handler.body)
        if version.startswith("all") or not version:
            self._everything(handler, int(version.partition(":")[2] or 0))
            return
        self.turns += 1
        changes = b"".join(
            b'<objectSet><kind>modify</kind><obj type="VirtualMachine">%s</obj><changeSet>'
            b'<name>summary.quickStats.overallCpuUsage</name><op>assign</op><val xsi:type="xsd:int">%d</val>'
            b"</changeSet></objectSet>" % (re.findall(rb">(vm-[\w-]+)</obj>", told)[0], 1000 + self.turns)
            for number in range(self.changing)
            for told in self.objects("VirtualMachine", number, number + 1)
        )
        self._update(handler, "VirtualMachine", changes, f"next:{self.turns}", is_truncated=False)

    def _everything(self, handler: Handler, begin: int) -> None:
        """The updates from ``begin`` on, counted through all kinds."""
        first = begin
        for kind in self.recorded:
            number = self.number_of(kind)
            if first < number:
                told = self.objects(kind, first, first + UPDATES)
                objects = b"".join(b"<objectSet><kind>enter</kind>%s</objectSet>" % _changes(one) for one in told)
                self._update(handler, kind, objects, f"all:{begin + len(told)}", is_truncated=True)
                return
            first -= number
        self._update(handler, "Folder", b"", "next:0", is_truncated=False)

    def _update(self, handler: Handler, kind: str, objects: bytes, version: str, *, is_truncated: bool) -> None:
        content = (
            _OPEN % b"WaitForUpdatesEx"
            + f"<version>{version}</version><filterSet><filter>filter-{kind}</filter>".encode()
            + objects
            + f"</filterSet><truncated>{str(is_truncated).lower()}</truncated>".encode()
            + _CLOSE % b"WaitForUpdatesEx"
        )
        handler.send(content.decode())

    def _page(self, handler: Handler, method: str, kind: str, begin: int) -> None:
        end = begin + PAGE
        token = f"<token>{kind}:{end}</token>" if end < self.number_of(kind) else ""
        told = b"".join(b"<objects>%s</objects>" % one for one in self.objects(kind, begin, end))
        handler.send((_OPEN % method.encode() + token.encode() + told + _CLOSE % method.encode()).decode())


def _changes(told: bytes) -> bytes:
    told = told.replace(b"propSet>", b"changeSet>")
    return told.replace(b"</name><val ", b"</name><op>assign</op><val ")


def _last(pattern: str, body: str) -> str:
    return str(re.findall(pattern, body)[-1])


def _serve(pipe: Connection, recorded: Objects, clusters: int, changing: int) -> None:
    playing = _Playing(recorded=recorded, clusters=clusters, changing=changing)
    with playing.running():
        pipe.send(playing.port)
        pipe.poll(None)  # until the other process is gone
