"""Two generations of servers, sized to what their VMs need."""

from dataclasses import dataclass
from typing import Final

from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement

GIB: Final = 1024
# cores of two-socket servers and memory in GiB as they are sold
CORES: Final = (8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64)
MEMORY_GIB: Final = (128, 192, 256, 384, 512, 768, 1024, 1536, 2048)


@dataclass(frozen=True, slots=True)
class CpuGeneration:
    """``features`` are those that it adds to the generation before."""

    name: str
    core_mhz: int
    link_mbit_s: int
    evc_mode: str
    features: tuple[str, ...]


OLDER: Final = CpuGeneration(
    "Xeon Gold 6148", 2_400, 10_000, "intel-skylake", ("cpuid.aes", "cpuid.avx2", "cpuid.avx512f", "cpuid.avx512bw")
)
NEWER: Final = CpuGeneration(
    "Xeon Gold 6354", 2_800, 25_000, "intel-icelake", ("cpuid.avx512vbmi", "cpuid.gfni", "cpuid.vaes")
)


def capabilities(generation: CpuGeneration) -> tuple[FeatureCapability, ...]:
    """What a host of this generation offers; what it lacks is listed as 0, as vSphere does."""
    return tuple(
        FeatureCapability(feature, "1" if feature in OLDER.features or generation is NEWER else "0")
        for feature in sorted(OLDER.features + NEWER.features)
    )


def requirements(generation: CpuGeneration) -> tuple[FeatureRequirement, ...]:
    """What a VM needs that was powered on where this generation's features were shown to it."""
    features = OLDER.features if generation is OLDER else OLDER.features + NEWER.features
    return tuple(FeatureRequirement(feature, "Bool:Min:1") for feature in sorted(features))


def smallest_server(cpu_mhz: float, memory_mib: float) -> tuple[int, int]:
    """Cores and memory in MiB of the smallest server that has so much of both, else of the biggest."""
    cores = next((cores for cores in CORES if cores * OLDER.core_mhz >= cpu_mhz), CORES[-1])
    gib = next((gib for gib in MEMORY_GIB if gib * GIB >= memory_mib), MEMORY_GIB[-1])
    return cores, gib * GIB
