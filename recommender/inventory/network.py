"""A network a VM may be connected to: a standard network or a distributed port group."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network; which hosts reach it is told by the hosts."""

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
