"""What a VM or a resource pool is promised of CPU and memory, and what it may not exceed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Share of one resource; the unit (MHz or MiB) is that of the field which holds it.

    ``limit`` is ``None`` where there is none. ``shares`` is ``None`` where it was not told. ``is_expandable``: a pool
    may borrow of its parent what it has not reserved itself.
    """

    __pydantic_config__ = {"extra": "forbid"}

    reservation: int = 0
    limit: int | None = None
    shares: int | None = None
    is_expandable: bool = False
