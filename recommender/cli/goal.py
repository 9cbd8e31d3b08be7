"""What ``recommend`` and ``plan`` are asked for: the goal, the clusters, and how many moves at most."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.placement.request import PlacementRequest

_Command = TypeVar("_Command", bound=Callable[..., Any])

GOALS: Final = ("balance",)  # values of ``Goal``; spelled here because ``--help`` imports nothing heavy


def goal_options(command: _Command) -> _Command:
    """Adds ``--goal`` and ``--cluster``: ``goal`` and ``clusters`` arguments."""
    named = click.option(
        "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only the hosts of this cluster (repeatable)."
    )(command)
    return click.option(
        "--goal", type=click.Choice(GOALS), default="balance", show_default=True, help="What is wanted."
    )(named)


def question(
    start: "SavedInventory", goal: str, clusters: tuple[str, ...], max_moves: int | None
) -> "PlacementRequest":
    """The request; raises ``UnknownName`` or ``AmbiguousName`` for a cluster, a usage error for one without hosts."""
    from dataclasses import replace

    from recommender.inventory.lookup import cluster_named
    from recommender.placement.request import Goal, PlacementRequest

    refs = {cluster_named(start.inventory, name).ref for name in clusters}
    among = tuple(host.ref for host in start.inventory.hosts if host.cluster in refs)
    if refs and not among:
        raise click.BadParameter("no host is in it", param_hint="--cluster")
    return PlacementRequest(
        inventory=start.inventory,
        policy=start.policy if max_moves is None else replace(start.policy, max_moves=max_moves),
        goal=Goal(goal),
        among=among,
        recent_moves=start.recent_moves,
        seed=start.seed,
    )
