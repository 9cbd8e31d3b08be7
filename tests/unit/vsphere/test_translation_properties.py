"""Whatever vCenter leaves out or people call things: a VM or host is translated, or the fact that lacks is named."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import InventoryIncomplete
from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.vsphere.translate_host import translate_host
from recommender.vsphere.translate_vm import translate_vm
from tests.unit.vsphere.facts import ABSENT, changed, host_facts, places, vm_facts

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
}


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


def attempted(work: Callable[[], Any]) -> Any:
    """What comes of it, or the words of the error."""
    try:
        return work()
    except InventoryIncomplete as error:
        return str(error)


def one_site(*, host: str, cluster: str | None, datacenter: str) -> str:
    del host, cluster, datacenter
    return "default"
