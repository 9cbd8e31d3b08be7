"""A datastore; which hosts mount it is told by the hosts."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastore:
    """One datastore in one data centre. Sizes in MiB. ``overall_status``: vSphere's own (green, yellow, red, gray)."""

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    capacity_mib: int
    free_mib: int
    in_maintenance: bool = False
    overall_status: str | None = None
