"""What a cluster's HA admission control keeps free for the VMs of hosts that fail."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.inventory.reference import EntityRef


class AdmissionPolicy(StrEnum):
    """The three policies of vSphere HA."""

    RESOURCE_PERCENTAGE = "resourcePercentage"
    SLOTS = "slots"
    DEDICATED_HOSTS = "dedicatedHosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionControl:
    """Admission control that is switched on; which fields count is told by ``policy``.

    ``cpu_percent`` and ``memory_percent`` of the cluster's capacity are reserved (*resource percentage*).
    ``host_failures`` are tolerated (*slots*); a slot has ``slot_cpu_mhz`` and ``slot_memory_mib``, or where these are
    ``None`` the size of the largest reservation. ``failover_hosts`` carry nothing (*dedicated hosts*).
    """

    __pydantic_config__ = {"extra": "forbid"}

    policy: AdmissionPolicy
    cpu_percent: int = 0
    memory_percent: int = 0
    host_failures: int = 0
    slot_cpu_mhz: int | None = None
    slot_memory_mib: int | None = None
    failover_hosts: tuple[EntityRef, ...] = ()
