"""How many voluntary moves there may be within an hour, what is over already counted in."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

Moves = Annotated[int, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBudget:
    """At most ``moves_per_hour`` of the VMs of one application, by patterns of their names or by tags."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    moves_per_hour: Moves
    vms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPolicy:
    """``None``: as many as pay. A move counts for both of its hosts; what rules demand is moved all the same."""

    __pydantic_config__ = {"extra": "forbid"}

    moves_per_hour: Moves | None = None
    moves_per_host_per_hour: Moves | None = None
    group: tuple[GroupBudget, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether anything is."""
        return self.moves_per_hour is not None or self.moves_per_host_per_hour is not None or bool(self.group)
