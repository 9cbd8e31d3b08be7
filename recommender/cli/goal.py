"""What ``recommend`` and ``plan`` are asked for: the goal, the hosts it is about, and how much may move."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from recommender.inventory.reference import EntityRef
    from recommender.journal.inventory_file import SavedInventory
    from recommender.placement.request import PlacementRequest
    from recommender.policy import Policy

_Command = TypeVar("_Command", bound=Callable[..., Any])

# Values of ``Goal``; spelled here because ``--help`` imports nothing heavy.
GOALS: Final = ("balance", "datastores", "consolidate")

_OPTIONS: Final = (
    click.option("--goal", type=click.Choice(GOALS), default="balance", show_default=True, help="What is wanted."),
    click.option(
        "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only the hosts of this cluster (repeatable)."
    ),
    click.option("--host", "hosts", multiple=True, metavar="HOST", help="Only among these hosts (repeatable)."),
    click.option("--max-moves", type=click.IntRange(min=0), help="At most this many moves."),
    click.option("--max-gib", type=click.FloatRange(min=0), help="Moves that send at most so many GiB together."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``clusters`` and ``hosts``: names; the question is about the hosts of both, or about all."""

    goal: str
    clusters: tuple[str, ...]
    hosts: tuple[str, ...]
    max_moves: int | None
    max_gib: float | None

    @property
    def is_about_some_hosts(self) -> bool:
        """Whether hosts or clusters are named."""
        return bool(self.clusters or self.hosts)


def goal_options(command: _Command) -> _Command:
    """Adds what can be asked; the command gets it as one ``asked`` argument."""

    @wraps(command)
    def with_options(**arguments: Any) -> Any:
        said: dict[str, Any] = {name: arguments.pop(name) for name in Asked.__slots__}
        return command(asked=Asked(**said), **arguments)

    decorated: Any = with_options
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command's own type


def question(start: "SavedInventory", asked: Asked) -> "PlacementRequest":
    """The request; raises ``UnknownName`` or ``AmbiguousName`` for a cluster, a usage error for one without hosts."""
    from recommender.placement.request import Goal, PlacementRequest

    return PlacementRequest(
        inventory=start.inventory,
        policy=_limited(start.policy, asked),
        goal=Goal(asked.goal),
        among=_hosts_asked_about(start, asked),
        recent_moves=start.recent_moves,
        seed=start.seed,
    )


def _hosts_asked_about(start: "SavedInventory", asked: Asked) -> "tuple[EntityRef, ...]":
    from recommender.inventory.lookup import cluster_named, host_named

    refs = {cluster_named(start.inventory, name).ref for name in asked.clusters}
    named = {host_named(start.inventory, name).ref for name in asked.hosts}
    among = tuple(host.ref for host in start.inventory.hosts if host.cluster in refs or host.ref in named)
    if refs and not among:
        raise click.BadParameter("no host is in it", param_hint="--cluster")
    return among


def _limited(policy: "Policy", asked: Asked) -> "Policy":
    from dataclasses import replace

    limits = {"max_moves": asked.max_moves, "max_gib": asked.max_gib}
    changes: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    return replace(policy, **changes)
