"""VMs before they have a place: what they are for, how big they are and how busy.

Sizes follow the time-weighted mix of Azure's VMs of 2017 (AzurePublicDataset V1, CC-BY-4.0), memory rounded to usual
sizes. CPU use follows the means of 1,600 VM-like series of Google's cluster of 2011 (5/25/50/75/95 %:
7.8/12.6/18.8/27.3/48.5), which a lognormal with median 0.188 and sigma 0.56 fits.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

GIB: Final = 1024
CORE_MHZ: Final = 2_400
OFF_SHARE: Final = 0.06


@dataclass(frozen=True, slots=True)
class VmSize:
    """``share`` of all VMs have this size; they are called after one of ``roles``."""

    vcpus: int
    memory_gib: int
    share: float
    roles: tuple[str, ...]


SIZES: Final = (
    VmSize(1, 2, 0.49, ("web-frontend", "dns", "proxy", "jump", "monitor")),
    VmSize(2, 4, 0.245, ("app", "cache", "mail", "domain-controller")),
    VmSize(4, 8, 0.135, ("app", "queue", "build")),
    VmSize(8, 16, 0.055, ("build", "batch")),
    VmSize(4, 32, 0.02, ("sql", "ora")),
    VmSize(8, 64, 0.055, ("sql", "ora", "search")),
)
# What rules are made about is there in every cluster, and runs.
ALWAYS: Final = (
    ("web-frontend", 0),
    ("web-frontend", 0),
    ("web-frontend", 0),
    ("domain-controller", 1),
    ("domain-controller", 1),
    ("app", 1),
    ("cache", 1),
    ("ora", 4),
    ("ora", 4),
    ("build", 2),
    ("build", 2),
    ("sql", 4),
    ("sql", 4),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VmDraft:
    """A VM without a place; its loads are what it uses while it runs."""

    name: str
    role: str
    vcpus: int
    memory_mib: int
    cpu_demand_mhz: int
    memory_active_mib: int
    memory_consumed_mib: int
    is_powered_on: bool


def draft_vms(count: int, numbers: Counter[str], draw: np.random.Generator) -> list[VmDraft]:
    """``count`` ordinary VMs, a few of them off; ``numbers`` counts names by role (``web-frontend-03``)."""
    shares = np.array([size.share for size in SIZES])
    drafts = [_draft(role, SIZES[index], numbers, draw, is_powered_on=True) for role, index in ALWAYS[: count // 2]]
    for index in draw.choice(len(SIZES), size=count - len(drafts), p=shares / shares.sum()):
        size = SIZES[int(index)]
        role = size.roles[int(draw.integers(len(size.roles)))]
        drafts.append(_draft(role, size, numbers, draw, is_powered_on=draw.random() >= OFF_SHARE))
    return drafts


def _draft(
    role: str, size: VmSize, numbers: Counter[str], draw: np.random.Generator, *, is_powered_on: bool
) -> VmDraft:
    numbers[role] += 1
    memory_mib = size.memory_gib * GIB
    consumed = round(memory_mib * draw.uniform(0.6, 1.0))
    return VmDraft(
        name=f"{role}-{numbers[role]:02}",
        role=role,
        vcpus=size.vcpus,
        memory_mib=memory_mib,
        cpu_demand_mhz=round(size.vcpus * CORE_MHZ * min(0.95, draw.lognormal(np.log(0.188), 0.56))),
        memory_active_mib=min(consumed, round(memory_mib * draw.lognormal(np.log(0.17), 0.5))),
        memory_consumed_mib=consumed,
        is_powered_on=is_powered_on,
    )
