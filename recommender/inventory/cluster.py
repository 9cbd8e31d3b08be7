"""A cluster and its resource pools, with the DRS, HA and EVC settings that concern a move."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.inventory.admission_control import AdmissionControl
from recommender.inventory.affinity_rule import VmGroup
from recommender.inventory.allocation import Allocation
from recommender.inventory.reference import EntityRef


class DrsAutomation(StrEnum):
    """vSphere's own values of the cluster's default DRS behaviour."""

    MANUAL = "manual"
    PARTIALLY_AUTOMATED = "partiallyAutomated"
    FULLY_AUTOMATED = "fullyAutomated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One compute cluster. ``evc_mode`` is ``None`` when EVC is off or not readable.

    ``admission_control`` is ``None`` where HA or its admission control is off, or has a policy that we do not know.
    ``disabled_rules``: names of rules that somebody switched off, or vCenter where they contradict older ones.
    ``drs_migration_threshold`` is that of the client's slider, 1 (only mandatory moves) … 5 (aggressive); the API's own
    ``vmotionRate`` counts the other way round.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    root_resource_pool: EntityRef | None = None
    drs_enabled: bool = False
    drs_automation: DrsAutomation = DrsAutomation.MANUAL
    ha_enabled: bool = False
    evc_mode: str | None = None
    admission_control: AdmissionControl | None = None
    vsan_enabled: bool = False
    drs_migration_threshold: int | None = None
    disabled_rules: tuple[str, ...] = ()
    vm_groups: tuple[VmGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePool:
    """One resource pool; ``owner`` is its cluster or the standalone host's compute resource.

    ``cpu`` in MHz, ``memory`` in MiB; ``None`` where they were not told. ``is_vapp``: it is a vApp, too.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    owner: EntityRef
    parent: EntityRef | None = None
    cpu: Allocation | None = None
    memory: Allocation | None = None
    is_vapp: bool = False
