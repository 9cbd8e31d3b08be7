"""``refresh``: everything on old hosts goes to new ones."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.settings.command_line import VCenterOptions

SCOPES = ("cluster", "datacenter", "vcenter", "vcenters")  # values of ``MoveScope``


@click.command()
@click.argument("old", nargs=-1, required=True, metavar="OLD...")
@click.option("--to", "new", multiple=True, required=True, metavar="NEW", help="A host to go to (repeatable).")
@click.option("--move-scope", type=click.Choice(SCOPES), help="How far VMs may go, where not as the policy says.")
@inventory_options
@output_option
def refresh(
    *,
    old: tuple[str, ...],
    new: tuple[str, ...],
    move_scope: str | None,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Tell where everything on OLD... goes if it has to be one of the hosts given with --to, rules kept.

    VMs on the new hosts may change places among these to make room; nothing else moves. Nothing is sent to vCenter.
    """
    start = situation(vcenter, inventory_file)

    from dataclasses import replace

    from recommender.cli.exit_code import exit_code_of_status
    from recommender.cli.telling import tell_recommendation
    from recommender.inventory.lookup import host_named
    from recommender.placement.request import Goal, PlacementRequest
    from recommender.placement.solve import solve
    from recommender.policy import MoveScope

    leaving = tuple(dict.fromkeys(host_named(start.inventory, name).ref for name in old))
    coming = tuple(dict.fromkeys(host_named(start.inventory, name).ref for name in new))
    if both := sorted(start.inventory.host(ref).name for ref in {*leaving} & {*coming}):
        raise click.UsageError(f"{', '.join(both)}: named as old and as new")
    policy = start.policy if move_scope is None else replace(start.policy, move_scope=MoveScope(move_scope))
    request = PlacementRequest(
        inventory=start.inventory,
        policy=policy,
        goal=Goal.EVACUATE,
        evacuate=leaving,
        among=(*leaving, *coming),
        recent_moves=start.recent_moves,
        seed=start.seed,
    )
    result = solve(request)
    tell_recommendation(request, result, output)
    return exit_code_of_status(result.status)
