"""A VM whose active memory is unknown is taken to be like those like it."""

from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import VmLoad
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.memory_priors import with_memory_priors
from recommender.migration.vm_inputs import memory_inputs
from tests.inventories import make_host, make_inventory, make_vm, ref


def known(name: str, share: float, *, memory: int = 4_096, **changes: Any) -> VirtualMachine:
    return make_vm(name, "a", memory=memory, load=VmLoad(memory_active_mib=round(share * memory)), **changes)


def asked(*, memory: int = 4_096, **changes: Any) -> VirtualMachine:
    return make_vm("asked", "a", memory=memory, load=VmLoad(memory_consumed_mib=memory), **changes)


def inventory(vm: VirtualMachine) -> Inventory:
    """Databases write half of their memory, Windows a quarter, large VMs a tenth, the rest a twentieth."""
    others = [
        *(known(f"db{n}", 0.5, tags=("db",), guest_id="rhel9_64Guest") for n in range(5)),
        *(known(f"win{n}", 0.25, guest_id="windows2019srv_64Guest") for n in range(5)),
        *(known(f"big{n}", 0.1, memory=65_536) for n in range(5)),
        *(known(f"any{n}", 0.05) for n in range(40)),
        *(known(f"few{n}", 1.0, tags=("rare",)) for n in range(4)),
    ]
    return with_memory_priors(make_inventory([make_host("a")], [vm, *others]))


def share_of(vm: VirtualMachine) -> tuple[float, str]:
    found = memory_inputs(inventory(vm).vm(ref("asked")))
    return round(found.working_set_mib / vm.memory_mib, 3), found.working_set_origin


def test_tags_come_before_the_operating_system_and_that_before_size() -> None:
    assert share_of(asked(tags=("db",), guest_id="windows2019srv_64Guest")) == (
        0.5,
        "assumed: 50% of the memory, median of 5 VMs with the same tags; its own is unknown",
    )
    assert share_of(asked(guest_id="windows2019srv_64Guest"))[0] == 0.25
    assert share_of(asked(memory=70_000))[0] == 0.1


def test_too_few_of_a_kind_say_nothing() -> None:
    share, origin = share_of(asked(tags=("rare",), memory=100_000_000))
    assert (share, "in the inventory" in origin) == (0.05, True)


def test_without_any_like_it_the_constant_is_assumed() -> None:
    alone = with_memory_priors(make_inventory([make_host("a")], [asked()])).vm(ref("asked"))
    assert memory_inputs(alone).working_set_mib == 0.3 * 4_096


def test_what_is_measured_is_not_assumed() -> None:
    measured = known("asked", 0.77)
    assert inventory(measured).vm(ref("asked")) == measured


def test_video_memory_goes_along() -> None:
    found = memory_inputs(asked(video_memory_mib=128))
    assert (found.memory_mib, found.memory_origin) == (4_096 + 128, "consumed memory of the VM, and its video memory")
