"""The simulated vCenter refuses what a real one refuses, and says why with numbers."""

from typing import Any

import pytest

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState, VirtualMachine, VmKind
from recommender.simulation.vcenter.admission import refusal
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from tests.inventories import make_host, make_inventory, make_vm, ref


def answer(
    *,
    vm: VirtualMachine | None = None,
    to: Host | None = None,
    others: tuple[VirtualMachine, ...] = (),
    disks_to: str | None = None,
    **changes: Any,
) -> str | None:
    vm = vm or make_vm("v", "a")
    inventory = make_inventory([make_host("a"), to or make_host("b")], [vm, *others], **changes)
    targets = {disk.key: ref(disks_to) for disk in vm.disks} if disks_to else {}
    return refusal(inventory, RelocateSpec(vm=ref("v"), destination=ref("b"), disk_targets=targets))


def test_a_sound_move_is_taken() -> None:
    assert answer() is None


def test_the_vm_must_exist() -> None:
    assert "already been deleted" in (answer(vm=make_vm("w", "a")) or "")


def test_the_destination_must_exist() -> None:
    inventory = make_inventory([make_host("a")], [make_vm("v", "a")])
    assert "does not exist" in (refusal(inventory, RelocateSpec(vm=ref("v"), destination=ref("b"))) or "")


def test_a_vm_under_way_is_busy() -> None:
    flight = MigrationInFlight(vm=ref("v"), destination=ref("b"))
    assert answer(in_flight=(flight,)) == "Another task is already in progress."


@pytest.mark.parametrize(
    ("vm", "reason"),
    [
        (make_vm("v", "a", relocate_disabled=True), "disabled"),
        (make_vm("v", "a", kind=VmKind.VCLS), "managed by the system"),
        (make_vm("v", "a", memory=102_401), "102401 MiB needed, 102400 MiB of 102400 MiB free"),
        (make_vm("v", "a", cpu_reservation_mhz=20_001), "0 MHz of 20000 MHz are reserved"),
        (make_vm("v", "a", features=["cpuid.avx512f"]), "offers cpuid.avx512f 0, the VM requires Bool:Min:1"),
    ],
)
def test_the_vm_may_forbid_it(vm: VirtualMachine, reason: str) -> None:
    assert reason in (answer(vm=vm) or "")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (make_host("b", connection_state=ConnectionState.NOT_RESPONDING), "host b is notResponding"),
        (make_host("b", in_maintenance=True), "host b is in maintenance mode"),
        (make_host("b", vmotion_adapters=()), "vMotion interface is not configured on host b"),
        (make_host("b", datastores=("other",)), "Datastore ds is not accessible"),
        (make_host("b", networks=()), "is not accessible"),
    ],
)
def test_the_destination_may_forbid_it(host: Host, reason: str) -> None:
    assert reason in (answer(to=host) or "")


def test_what_is_under_way_to_the_destination_holds_memory_there() -> None:
    coming = make_vm("w", "a", memory=100_000)
    reason = answer(others=(coming,), in_flight=(MigrationInFlight(vm=ref("w"), destination=ref("b")),))
    assert reason == "Insufficient memory: 4096 MiB needed, 2400 MiB of 102400 MiB free."


def test_a_powered_off_vm_needs_neither_memory_nor_features() -> None:
    vm = make_vm("v", "a", memory=200_000, features=["cpuid.vaes"], power_state=PowerState.POWERED_OFF)
    assert answer(vm=vm, to=make_host("b", vmotion_adapters=())) is None


def test_disks_need_space() -> None:
    stores = tuple(
        Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=50_000, free_mib=20_000)
        for name in ("ds", "full")
    )
    reason = answer(to=make_host("b", datastores=("ds", "full")), disks_to="full", datastores=stores)
    assert reason == "Insufficient disk space on full: 20480 MiB needed, 20000 MiB free."


def test_150_ms_are_the_limit() -> None:
    def link(rtt_ms: float) -> tuple[SiteLink, ...]:
        return (SiteLink(site_a="default", site_b="far", rtt_ms=rtt_ms),)

    far = make_host("b", site="far")
    assert answer(to=far, site_links=link(150.0)) is None
    assert "151 ms" in (answer(to=far, site_links=link(151.0)) or "")
