"""A network a VM may be connected to: a standard network, a distributed port group or an opaque one (NSX)."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.inventory.reference import EntityRef


class NetworkKind(StrEnum):
    """Who switches it."""

    STANDARD = "standard"
    DISTRIBUTED = "distributed"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network; which hosts reach it is told by the hosts.

    ``vlan``: the VLAN id, or the ids of a trunk (``0-4094``), or ``pvlan 10``; ``None`` where it was not told or hosts
    differ. ``switch_uuid`` is the same wherever a distributed switch reaches, also in another cluster; for an opaque
    network it is NSX's own id of the segment. ``notifies_switches``: whether the physical switches learn where a VM has
    gone (*Notify Switches*), ``None`` where it was not told. ``is_uplink``: a distributed switch's own, for no VM.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    kind: NetworkKind = NetworkKind.STANDARD
    vlan: str | None = None
    switch_uuid: str | None = None
    notifies_switches: bool | None = None
    is_uplink: bool = False
