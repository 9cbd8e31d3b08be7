"""vGPUs by profile: how many a host offers, and who holds them."""

from recommender.constraints.pinned_vm import PinnedVm
from recommender.constraints.vgpu_slots import VgpuSlots
from recommender.inventory.gpu import Gpu
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.pin import Pin
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import hosts_for, reasons_against, told

RULE = VgpuSlots()
OFFERED = ("grid_t4-8q", "grid_t4-4q")


def gpu(gib: int | None, *vms: str, is_shared: bool = True) -> Gpu:
    memory_mib = None if gib is None else gib * 1024
    return Gpu(pci_id="0", name="T4", memory_mib=memory_mib, is_shared=is_shared, vms=tuple(map(ref, vms)))


def estate(*gpus: Gpu, held: tuple[str, ...] = (), needed: tuple[str, ...] = (OFFERED[0],)) -> Inventory:
    return with_host(make_host("there", gpus=gpus, vgpu_profiles=OFFERED), held=held, needed=needed)


def with_host(there: Host, *, held: tuple[str, ...] = (), needed: tuple[str, ...] = (OFFERED[0],)) -> Inventory:
    here = make_host("here", gpus=(gpu(32),), vgpu_profiles=OFFERED)
    vms = [
        make_vm("a", "here", vgpu_profiles=needed, pins=(Pin.VGPU,)),
        make_vm("b", "there", vgpu_profiles=held),
    ]
    return make_inventory([here, there], vms)


def test_a_slot_of_its_profile_has_to_be_free() -> None:
    assert reasons_against(RULE, estate(gpu(16, "b"), held=(OFFERED[0],)), "there") == []
    assert reasons_against(RULE, estate(gpu(8, "b"), held=(OFFERED[0],)), "there") == [
        "2 vGPUs grid_t4-8q, the host offers 1"
    ]
    assert reasons_against(RULE, estate(gpu(8, is_shared=False)), "there") == ["1 vGPUs grid_t4-8q, the host offers 0"]


def test_a_processor_gives_one_size_at_a_time() -> None:
    assert reasons_against(RULE, estate(gpu(16, "b"), held=(OFFERED[1],)), "there") == [
        "1 vGPUs grid_t4-8q, the host offers 0"
    ]


def test_it_is_told_as_a_capacity_of_each_profile() -> None:
    inventory = estate(gpu(24, "b"), held=(OFFERED[0],), needed=(OFFERED[0], OFFERED[0]))
    assert told(RULE, inventory, "a") == [("capacity", "vgpu_slots grid_t4-8q", [2.0], [4.0, 2.0])]


def test_unknown_slots_refuse_who_needs_one() -> None:
    for there in (make_host("there"), make_host("there", gpus=(gpu(None),), vgpu_profiles=OFFERED)):
        inventory = with_host(there)
        assert hosts_for(RULE, inventory) == {"here"}
        assert reasons_against(RULE, inventory, "there") == ["unknown: how many vGPUs grid_t4-8q the host offers"]
        assert reasons_against(VgpuSlots(unknown_permitted=True), inventory, "there") == []
        assert hosts_for(RULE, with_host(there, needed=())) == {"here", "there"}


def test_a_known_profile_no_longer_ties_the_vm_to_its_host() -> None:
    inventory = estate(gpu(16))
    assert hosts_for(PinnedVm(), inventory) == {"here", "there"}
    assert reasons_against(PinnedVm(), inventory, "there") == []
    assert hosts_for(PinnedVm(), estate(gpu(16), needed=())) == set()
