"""``recommend``: what should move now, or where one VM should run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.goal import Asked, goal_options, question
from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation
from recommender.cli.telling import tell_recommendation

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.placement.request import PlacementRequest
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.argument("vm", required=False)
@goal_options
@click.option("--curve", is_flag=True, help="Also show what the best 1, 2, 5, 10 … moves buy.")
@inventory_options
@output_option
def recommend(
    *,
    vm: str | None,
    asked: Asked,
    curve: bool,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Recommend what should move now; with VM, rank the destination hosts for it.

    Nothing is sent to vCenter.
    """
    if vm is not None and asked.is_about_some_hosts:
        raise click.UsageError("give a VM, or --cluster or --host, not both")
    start = situation(vcenter, inventory_file)
    if vm is not None:
        return _hosts_for(start, vm, output)
    return _moves(replace(question(start, asked), with_curve=curve or output == "json"), output)


def _moves(request: "PlacementRequest", output: str) -> int:
    from recommender.cli.exit_code import exit_code_of_status
    from recommender.placement.consolidate import consolidate
    from recommender.placement.request import Goal
    from recommender.placement.solve import solve
    from recommender.report.consolidation import consolidation_document, consolidation_lines

    if request.goal is Goal.CONSOLIDATE:
        answer = consolidate(request)
        lines = tuple(consolidation_lines(request.inventory, answer))
        document = consolidation_document(request.inventory, answer)
        tell_recommendation(answer.question, answer.result, output, lines=lines, document=document)
        return exit_code_of_status(answer.result.status)
    result = solve(request)
    tell_recommendation(request, result, output)
    return exit_code_of_status(result.status)


def _hosts_for(start: "SavedInventory", name: str, output: str) -> int:
    from recommender.inventory.lookup import vm_named
    from recommender.placement.ranking import rank_hosts
    from recommender.placement.request import PlacementRequest
    from recommender.report.console import data_console
    from recommender.report.host_ranking import print_ranking, ranking_document
    from recommender.report.json_document import dumps

    vm = vm_named(start.inventory, name)
    request = PlacementRequest(
        inventory=start.inventory, policy=start.policy, recent_moves=start.recent_moves, seed=start.seed
    )
    ranking = rank_hosts(request, vm)
    if output == "json":
        click.echo(dumps(ranking_document(start.inventory, vm, ranking)))
    else:
        print_ranking(data_console(), start.inventory, vm, ranking)
    return ExitCode.DONE
