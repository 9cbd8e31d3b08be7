"""A host's graphics processors and the slices of them that VMs may be given (vGPU)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recommender.inventory.reference import EntityRef

MIB_PER_GIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One processor of a host (``config.graphicsInfo``).

    ``memory_mib`` is its frame buffer, ``None`` where the host does not tell. ``vms`` use it now; ``is_shared``: its
    graphics type lets several VMs use it directly (*shared direct*).
    """

    __pydantic_config__ = {"extra": "forbid"}

    pci_id: str
    name: str
    memory_mib: int | None = None
    is_shared: bool = False
    vms: tuple[EntityRef, ...] = ()


def vgpu_memory_mib(profile: str) -> int | None:
    """The frame buffer that a profile takes by its name (``grid_a100-10c``: 10 GiB); ``None`` where it names none.

    NVIDIA names its profiles so (Virtual GPU Software User Guide, *Virtual GPU Types*): the number after the last dash
    is GiB; 0 stands for half a GiB, and a number in front of another dash (``1-10c``) for a share of the engine.
    """
    digits = profile.rpartition("-")[2].rstrip("abcqABCQ")
    if not digits.isdecimal():
        return None
    return int(digits) * MIB_PER_GIB or MIB_PER_GIB // 2


def free_vgpu_slots(gpus: Iterable[Gpu], profile: str, used: Iterable[tuple[EntityRef, str]]) -> int | None:
    """How many more vGPUs of ``profile`` the processors take; ``used``: VMs and the profiles that they have there.

    A processor gives one size of slices at a time (vSphere's default, *equal size*): where another profile is in use
    it has no slot. ``None`` where a size is not known or it is not told which processor a VM uses.
    """
    size_mib = vgpu_memory_mib(profile)
    profiles: dict[EntityRef, list[str]] = {}
    for vm, has in used:
        profiles.setdefault(vm, []).append(has)
    slots = 0
    for gpu in gpus:
        if not gpu.is_shared:
            continue
        there = [has for vm in gpu.vms for has in profiles.get(vm, ("",))]
        if size_mib is None or gpu.memory_mib is None or "" in there:
            return None
        if all(has == profile for has in there):
            slots += max(0, gpu.memory_mib // size_mib - len(there))
    return slots
