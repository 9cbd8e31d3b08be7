"""What a VM needs of a CPU and what a host's CPU offers, in vSphere's own key and value texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FeatureRequirement:
    """One need of a running VM, e.g. ``cpuid.avx512f`` = ``Bool:Min:1`` (``runtime.featureRequirement``)."""

    __pydantic_config__ = {"extra": "forbid"}

    key: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class FeatureCapability:
    """One offer of a host, e.g. ``cpuid.avx512f`` = ``1`` (``config.featureCapability``)."""

    __pydantic_config__ = {"extra": "forbid"}

    key: str
    value: str
