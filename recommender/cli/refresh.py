"""``refresh``: everything on old hosts goes to new ones."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.placement.request import PlacementRequest
    from recommender.settings.command_line import VCenterOptions

SCOPES = ("cluster", "datacenter", "vcenter", "vcenters")  # values of ``MoveScope``


@click.command()
@click.argument("old", nargs=-1, required=True, metavar="OLD...")
@click.option("--to", "new", multiple=True, required=True, metavar="NEW", help="A host to go to (repeatable).")
@click.option("--move-scope", type=click.Choice(SCOPES), help="How far VMs may go, where not as the policy says.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply, if all can go.")
@click.option("--window", metavar="5h", help="With --every: the length of each window.")
@click.option("--every", metavar="'CRON [ZONE]'", help="Split over windows that open then, night after night.")
@click.option("--closed", multiple=True, type=click.DateTime(["%Y-%m-%d"]), help="With --every: no window on that day.")
@inventory_options
@output_option
def refresh(
    *,
    old: tuple[str, ...],
    new: tuple[str, ...],
    move_scope: str | None,
    out: Path | None,
    window: str | None,
    every: str | None,
    closed: tuple[datetime, ...],
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Tell where everything on OLD... goes if it has to be one of the hosts given with --to, rules kept.

    VMs on the new hosts may change places among these to make room; nothing else moves. Nothing is sent to vCenter;
    with --out the moves are put in time and saved for `apply`. With --every they are split over many nights: --out
    saves the first night's part, and asked again afterwards the rest is planned from where the VMs are then.
    """
    if (window is None) != (every is None):
        raise click.UsageError("--every and --window belong together")
    if out is not None and move_scope is not None:
        raise click.UsageError("--out: set policy.move_scope in the configuration, `apply` keeps to that")
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
    if every is not None and window is not None:
        return _over_nights(request, every, window, closed, out, output)
    if out is not None:
        return _saved(out, request, output)
    result = solve(request)
    tell_recommendation(request, result, output)
    return exit_code_of_status(result.status)


def _over_nights(
    request: "PlacementRequest", every: str, window: str, closed: tuple[datetime, ...], out: Path | None, output: str
) -> int:
    """Tell the nights, and save the first one's part."""
    from dataclasses import replace

    from recommender.cli.carrying_out import save_for_apply
    from recommender.cli.exit_code import ExitCode, exit_code_of_status
    from recommender.cli.journal_access import person
    from recommender.cli.window import duration_s
    from recommender.cli.windows import tell_windows
    from recommender.service.cycle import decide
    from recommender.service.saved_decision import saved_decision

    decision = decide(request)
    split = tell_windows(decision, duration_s(window), every, closed, output)
    if out is not None and split.parts:
        first = replace(decision, plan=split.parts[0].plan)
        save_for_apply(out, saved_decision(first, author=person(), created_at=request.inventory.taken_at))
    return ExitCode.INFEASIBLE if split.left else exit_code_of_status(decision.result.status)


def _saved(out: Path, request: "PlacementRequest", output: str) -> int:
    """Tell the plan, and save it unless something of it cannot be done."""
    from recommender.cli.carrying_out import save_for_apply
    from recommender.cli.exit_code import ExitCode, exit_code_of_status
    from recommender.cli.journal_access import person
    from recommender.cli.told_plan import tell_decision
    from recommender.service.cycle import decide
    from recommender.service.saved_decision import saved_decision

    decision = decide(request)
    tell_decision(request.inventory, decision, None, output)
    if exit_code_of_status(decision.result.status) != ExitCode.DONE or decision.plan.blocked:
        return ExitCode.INFEASIBLE
    saved = saved_decision(decision, author=person(), created_at=request.inventory.taken_at)
    return save_for_apply(out, saved)
