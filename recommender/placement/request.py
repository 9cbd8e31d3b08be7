"""The question to placement: what is wanted, of which inventory, under which policy and limits."""

from dataclasses import dataclass, field
from enum import StrEnum

from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.policy import Policy


class Goal(StrEnum):
    """What is asked."""

    BALANCE = "balance"  # remove overload and broken rules, then balance
    EVACUATE = "evacuate"  # empty the named hosts, and mend or balance nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """Deterministic limits: neighbourhood ``rounds`` and CP-SAT's deterministic time of each; no wall clock."""

    __pydantic_config__ = {"extra": "forbid"}

    rounds: int = 40
    deterministic_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRequest:
    """``evacuate``: hosts to be emptied; nothing may be brought to them. The same request has the same answer."""

    inventory: Inventory
    policy: Policy
    goal: Goal = Goal.BALANCE
    evacuate: tuple[EntityRef, ...] = ()
    recent_moves: tuple[RecentMove, ...] = ()
    seed: int = 0
    limits: SolveLimits = field(default_factory=SolveLimits)
