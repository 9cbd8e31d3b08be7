"""Free vGPU slots are counted as NVIDIA and vSphere count them, and unknown where something is not told."""

import pytest

from recommender.inventory.gpu import Gpu, free_vgpu_slots, vgpu_memory_mib
from tests.inventories import ref

A100 = Gpu(pci_id="0000:3b:00.0", name="NVIDIA A100", memory_mib=40_960, is_shared=True)


@pytest.mark.parametrize(
    ("profile", "memory_mib"),
    [("grid_a100-10c", 10_240), ("grid_a100-1-5c", 5120), ("grid_m60-0q", 512), ("grid_t4-16a", 16_384), ("odd", None)],
)
def test_a_profile_names_its_frame_buffer(profile: str, memory_mib: int | None) -> None:
    assert vgpu_memory_mib(profile) == memory_mib


def test_slots_are_what_the_frame_buffer_holds_less_those_in_use() -> None:
    used = Gpu(pci_id="1", name="A100", memory_mib=40_960, is_shared=True, vms=(ref("a"), ref("b")))
    profiles = [(ref("a"), "grid_a100-10c"), (ref("b"), "grid_a100-10c")]
    assert free_vgpu_slots([A100], "grid_a100-10c", ()) == 4
    assert free_vgpu_slots([A100, used], "grid_a100-10c", profiles) == 6


def test_a_processor_with_slices_of_another_size_has_no_slot() -> None:
    used = Gpu(pci_id="1", name="A100", memory_mib=40_960, is_shared=True, vms=(ref("a"),))
    assert free_vgpu_slots([used], "grid_a100-10c", [(ref("a"), "grid_a100-20c")]) == 0


def test_a_processor_that_is_not_shared_has_none() -> None:
    assert free_vgpu_slots([Gpu(pci_id="1", name="A100", memory_mib=40_960)], "grid_a100-10c", ()) == 0


@pytest.mark.parametrize("profile", ["grid_a100-10c", "odd"])
def test_what_is_not_told_is_not_guessed(profile: str) -> None:
    used = Gpu(pci_id="1", name="A100", memory_mib=40_960, is_shared=True, vms=(ref("a"),))
    assert free_vgpu_slots([used], profile, ()) is None
    assert free_vgpu_slots([Gpu(pci_id="1", name="A100", is_shared=True)], profile, ()) is None
