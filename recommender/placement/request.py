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
    PLACE = "place"  # the best places for some VMs, everything else where it is
    DATASTORES = "datastores"  # bring datastores below their threshold of used space
    CONSOLIDATE = "consolidate"  # fewer hosts carry everything, so that the others can be switched off


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """How hard to search, counted in work and never in seconds on a clock, so that an answer can be had again.

    ``proposals``: exchanges between hosts that are looked at in all, at most ``proposals_per_item`` times the items.
    ``rounds`` of large neighbourhood search, each over ``at_once`` neighbourhoods of about ``pairs`` of items and
    hosts with CP-SAT's ``deterministic_s``, unless the proven gap is ``good_enough`` before or there are more than
    ``most_pairs``: where hosts are many, exchanges find what there is. ``whole_choices``: problems of at most so many
    pairs are also given to CP-SAT as a whole, for ``whole_deterministic_s``, to prove the optimum or that there is no
    answer. A gap that is ``negligible`` is left as it is.
    """

    __pydantic_config__ = {"extra": "forbid"}

    proposals: int = 250_000_000
    proposals_per_item: int = 8_000
    rounds: int = 2
    at_once: int = 3
    pairs: int = 60
    most_pairs: int = 400_000
    deterministic_s: float = 0.05
    whole_choices: int = 150
    whole_deterministic_s: float = 2.0
    good_enough: float = 0.001
    negligible: float = 0.0005

    def most_proposals(self, items: int) -> int:
        """For so many items."""
        return min(self.proposals, self.proposals_per_item * items)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRequest:
    """``evacuate``: hosts to be emptied; nothing may be brought to them. ``among``: the hosts asked about, or all.

    ``without_constraints``: names of rules that are left out, to learn what they cost: nothing may be done on such an
    answer. ``started``: VMs that are started where they are placed rather than migrated there.
    ``newcomers``: of these, those that come from no cluster. ``to_place``: VMs that ``Goal.PLACE`` is about.
    ``with_disks``: VMs that leave their host with all that they have. ``named_datastores``: of newcomers, a VM and a
    key of a disk with the datastore that it has to be on.
    ``left_alone``: VMs that are not moved, each with the reason; ``failed``: VMs that are not sent again to a host,
    each with what happened there.
    ``with_curve``: whether the answer also tells what its best few moves buy.

    The same request has the same answer.
    """

    inventory: Inventory
    policy: Policy
    goal: Goal = Goal.BALANCE
    evacuate: tuple[EntityRef, ...] = ()
    among: tuple[EntityRef, ...] = ()
    recent_moves: tuple[RecentMove, ...] = ()
    without_constraints: frozenset[str] = frozenset()
    started: frozenset[EntityRef] = frozenset()
    newcomers: frozenset[EntityRef] = frozenset()
    to_place: frozenset[EntityRef] = frozenset()
    with_disks: frozenset[EntityRef] = frozenset()
    named_datastores: tuple[tuple[EntityRef, int, EntityRef], ...] = ()
    left_alone: tuple[tuple[EntityRef, str], ...] = ()
    failed: tuple[tuple[EntityRef, EntityRef, str], ...] = ()
    with_curve: bool = False
    seed: int = 0
    limits: SolveLimits = field(default_factory=SolveLimits)
