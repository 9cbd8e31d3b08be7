"""Whatever vCenter leaves out or people call things: a VM or host is translated, or the fact that lacks is named."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from recommender.errors import InventoryIncomplete
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.vsphere.samples.hosts import HostWindows
from recommender.vsphere.samples.performance import DISK_LATENCY, HOST_COUNTERS, VM_COUNTERS, _samples_in
from recommender.vsphere.samples.vms import VmWindow
from recommender.vsphere.translation.host import translate_host
from recommender.vsphere.translation.storage import translate_datastore
from recommender.vsphere.translation.vm import translate_vm
from tests.inventories import make_host, ref
from tests.unit.vsphere import soap
from tests.unit.vsphere.facts import ABSENT, changed, datastore_facts, host_facts, physical_nic, places, vm_facts

SIZES = st.integers(0, 2**63 - 1)
ODD_VM: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(min_size=1),
    "config.hardware.memoryMB": SIZES,
    "config.cpuAllocation.limit": st.integers(-1, 2**31),
    "config.memoryAllocation.reservation": SIZES,
    "config.version": st.text(),
    "config.guestId": st.text(),
    "summary.quickStats.overallCpuUsage": st.integers(0, 2**31 - 1),
    "config.files.vmPathName": st.text(),
}
ODD_HOST: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(min_size=1),
    "summary.hardware.memorySize": SIZES,
    "summary.hardware.numCpuThreads": st.integers(0, 2**15 - 1),
    "summary.config.product.version": st.text(),
    "runtime.cryptoState": st.text(),
    "config.network.pnic": st.lists(
        st.builds(physical_nic, st.text(), st.none() | st.integers(1, 400_000)), max_size=3
    ),
}
ODD_DATASTORE: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(min_size=1),
    "summary.capacity": SIZES,
    "summary.freeSpace": SIZES,
    "summary.uncommitted": SIZES,
    "summary.url": st.text() | st.sampled_from(("ds:///vmfs/volumes/4f1b-77/", "/", "ds:///")),
    "summary.type": st.text(),
    "summary.maintenanceMode": st.text(),
}
COUNTERS: Mapping[int, str] = dict(enumerate((*HOST_COUNTERS, *VM_COUNTERS)))


@st.composite
def odd(draw: st.DrawFn, facts: Any, values: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Facts of which some are missing and some are odd."""
    missing = draw(st.sets(st.sampled_from(sorted(facts.values)), max_size=4))
    strange = {path: draw(strategy) for path, strategy in values.items() if draw(st.booleans())}
    return changed(facts, strange | dict.fromkeys(missing, ABSENT))


@settings(max_examples=150, deadline=None)
@given(odd(vm_facts(), ODD_VM))
def test_a_vm_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    vm = attempted(lambda: translate_vm(facts))
    if isinstance(vm, str):
        assert "did not tell" in vm
        return
    assert isinstance(vm, VirtualMachine)
    for path, value in (
        ("config.cpuAllocation.limit", vm.cpu_limit_mhz),
        ("summary.quickStats.guestMemoryUsage", vm.load.memory_active_mib),
    ):
        assert value is None or value == facts.get(path), "what was not told is unknown, never zero"


@settings(max_examples=100, deadline=None)
@given(odd(host_facts(), ODD_HOST))
def test_a_host_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    host = attempted(lambda: translate_host(facts, places=places(), clusters={}, site_of=one_site))
    if isinstance(host, str):
        assert "did not tell" in host
        return
    assert isinstance(host, Host)
    assert host.load.cpu_used_mhz == facts.get("summary.quickStats.overallCpuUsage")


@settings(max_examples=80, deadline=None)
@given(odd(datastore_facts(), ODD_DATASTORE))
def test_a_datastore_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    store = attempted(lambda: translate_datastore(facts, places()))
    if isinstance(store, str):
        assert "did not tell" in store
        return
    assert isinstance(store, Datastore)
    assert store.uncommitted_mib is None or facts.get("summary.uncommitted") is not None
    assert HostWindows(3600).loaded_store(store).load == DatastoreLoad(), "nothing was measured"


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(sorted(COUNTERS)), st.sampled_from(("", "vmnic2", "4f1b-77"))),
        st.lists(st.integers(-1, 1 << 70).map(str) | st.just(""), max_size=4).map(",".join)
        | st.text("-,.e1 ", max_size=5),
        max_size=6,
    )
)
def test_samples_of_any_size_are_kept_or_the_answer_is_refused(told: dict[tuple[int, str], str]) -> None:
    series = [
        vim.PerformanceManager.MetricSeriesCSV(
            id=vim.PerformanceManager.MetricId(counterId=counter, instance=instance), value=text
        )
        for (counter, instance), text in told.items()
    ]
    metrics = vim.PerformanceManager.EntityMetricCSV(
        entity=vim.HostSystem("a"), sampleInfoCSV="20,2026-01-05T09:00:00Z", value=series
    )
    try:
        (samples,) = _samples_in(soap.answer("QueryPerf", metrics).encode(), COUNTERS)
    except ValueError:
        return  # told as an answer that cannot be read
    store = Datastore(ref=ref("one"), name="one", datacenter="dc", capacity_mib=1, free_mib=1, url="4f1b-77")
    host = make_host("a", datastores=("one",), vmotion_adapters=(VMotionAdapter(device="vmk1", nics=("vmnic2",)),))
    hosts, window = HostWindows(3600), VmWindow()
    hosts._take_in_host(host, samples, {store.ref: "4f1b-77"})
    window.take_in(samples, VM_COUNTERS, 180)
    load, latency = hosts.loaded(host).load, hosts.loaded_store(store).load.latency_ms
    for figure in (load.disk_latency_ms, load.vmotion_sent_mbit_s, load.vmotion_received_mbit_s, latency):
        assert figure is None or figure.newest >= 0
    assert (DISK_LATENCY in load.missing_sensors) == (load.disk_latency_ms is None)


def attempted(work: Callable[[], Any]) -> Any:
    """What comes of it, or the words of the error."""
    try:
        return work()
    except InventoryIncomplete as error:
        return str(error)


def one_site(*, host: str, cluster: str | None, datacenter: str) -> str:
    del host, cluster, datacenter
    return "default"
