"""What the operator says about the order of moves, and how many may be under way at once below vCenter's own limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Annotated, Final

from annotated_types import Ge, MinLen

TAG: Final = "tag:"
Count = Annotated[int, Ge(1)]
Name = Annotated[str, MinLen(1)]
Selectors = Annotated[tuple[str, ...], MinLen(1)]  # shell patterns of VM names, or *tag:* and the whole tag


def selects(selectors: Sequence[str], name: str, tags: Sequence[str]) -> bool:
    """Whether one of ``selectors`` means the VM of this name and these tags."""
    return any(one.removeprefix(TAG) in tags if one.startswith(TAG) else fnmatchcase(name, one) for one in selectors)


class CapScope(StrEnum):
    """What a cap counts at: each host, cluster, site or pair of sites that it names, or one group of VMs in all."""

    HOST = "host"
    CLUSTER = "cluster"
    SITE = "site"
    LINK = "link"
    GROUP = "group"


class LargeMoves(StrEnum):
    """When long and risky moves are considered."""

    BUSIEST_FIRST = "busiest_first"  # no regard to size: where most is to do begins, for the shortest plan
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """No move of a VM in ``then`` starts before all moves of VMs in ``first`` have ended well."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    first: Selectors
    then: Selectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Serialize:
    """Never are two of these VMs under way at once, such as both nodes of a pair."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    vms: Selectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """The moves of these VMs start at one moment, or none of them is made."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    vms: Selectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The moves of these VMs have ended ``within_minutes`` of the plan's start, at median times, or are not made."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    vms: Selectors
    within_minutes: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationCap:
    """At most ``at_once`` migrations, and at most ``mib_s`` together, at each place that ``of`` names.

    ``of``: shell patterns of names of hosts, clusters or sites, of two sites as *one|other* in the order of the
    alphabet, or ``Selectors`` of the VMs of a group. A migration counts with the rate it would have alone. vCenter
    cannot be told to send slower: one that alone exceeds ``mib_s`` runs, but with no other.
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    scope: CapScope
    of: Selectors = ("*",)
    at_once: Count | None = None
    mib_s: Count | None = None

    def __post_init__(self) -> None:
        if self.at_once is None and self.mib_s is None:
            raise ValueError(f"cap {self.name!r} limits nothing: give at_once or mib_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """Rules about the order of moves.

    Two rules of one name are refused, precedence in a circle, and moves that are to start together and one by one.
    """

    __pydantic_config__ = {"extra": "forbid"}

    large_moves: LargeMoves = LargeMoves.BUSIEST_FIRST
    precedence: tuple[Precedence, ...] = ()
    serialize: tuple[Serialize, ...] = ()
    sync: tuple[Sync, ...] = ()
    deadline: tuple[Deadline, ...] = ()
    cap: tuple[MigrationCap, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for rules in (self.precedence, self.serialize, self.sync, self.deadline) for one in rules]
        names.extend(one.name for one in self.cap)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {', '.join(map(repr, twice))}")
        edges = ((one, other, rule.name) for rule in self.precedence for one in rule.first for other in rule.then)
        circle = circle_in(edges)
        if circle:
            raise ValueError(f"these contradict each other: {', '.join(circle)}")
        for together in self.sync:
            self._require_no_turns(together)

    def _require_no_turns(self, together: Sync) -> None:
        """What starts at one moment can have no turns; told where both rules name the same VMs in the same words."""
        vms = set(together.vms)
        for serialize in self.serialize:
            both = vms & set(serialize.vms)
            if len(both) > 1 or any(_means_many(one) for one in both):
                raise ValueError(
                    f"sync {together.name!r} and serialize {serialize.name!r} contradict each other about "
                    f"{', '.join(sorted(both))}: to start together, and never two at once; take one of the two out"
                )
        for precedence in self.precedence:
            first, then = vms & set(precedence.first), vms & set(precedence.then)
            if first and then:
                raise ValueError(
                    f"sync {together.name!r} and precedence {precedence.name!r} contradict each other about "
                    f"{', '.join(sorted(first | then))}: to start together, and one after the other; take one of the "
                    "two out"
                )

    @property
    def is_empty(self) -> bool:
        """Whether nothing ties one move to another."""
        return not (self.precedence or self.serialize or self.sync or self.deadline or self.cap)


def _means_many(selector: str) -> bool:
    return selector.startswith(TAG) or any(sign in selector for sign in "*?[")


def circle_in(edges: Iterable[tuple[str, str, str]]) -> list[str]:
    """A circle in (first, then, rule), each step told as *a before b (rule)*; empty if there is none."""
    rules = {(one, other): rule for one, other, rule in edges}
    order: TopologicalSorter[str] = TopologicalSorter()
    for one, other in rules:
        order.add(other, one)
    try:
        order.prepare()
    except CycleError as error:
        return [f"{one} before {other} ({rules[one, other]})" for one, other in pairwise(error.args[1])]
    return []
