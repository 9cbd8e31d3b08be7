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
    from recommender.cli.searching import Interruption
    from recommender.journal.inventory_file import SavedInventory
    from recommender.placement.request import PlacementRequest
    from recommender.placement.result import PlacementResult
    from recommender.settings.command_line import VCenterOptions

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("vm", required=False)
@goal_options
@click.option("--curve", is_flag=True, help="Also show what the best 1, 2, 5, 10 … moves buy.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Stop the search then: the best answer so far.",
)
@click.option("--save", type=_FILE, help="Record question and answer in this file, for --replay.")
@click.option("--replay", type=_FILE, help="Make the decision of this file again and compare; nothing else is read.")
@inventory_options
@output_option
def recommend(
    *,
    vm: str | None,
    asked: Asked,
    curve: bool,
    time_limit: float | None,
    save: Path | None,
    replay: Path | None,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Recommend what should move now; with VM, rank the destination hosts for it.

    Ctrl-C stops the search and tells the best answer so far, as --time-limit does. Nothing is sent to vCenter.
    """
    if vm is not None and asked.is_about_some_hosts:
        raise click.UsageError("give a VM, or --cluster or --host, not both")
    if replay is not None:
        if vm is not None or save is not None or inventory_file is not None or vcenter.vcenter is not None:
            raise click.UsageError("--replay FILE holds everything: give it alone")
        return _again(replay, output)
    start = situation(vcenter, inventory_file)
    if vm is not None:
        return _hosts_for(start, vm, output)
    return _moves(replace(question(start, asked), with_curve=curve or output == "json"), output, save, time_limit)


def _again(file: Path, output: str) -> int:
    from recommender.journal.decision_file import read_decision
    from recommender.placement.answering import answer_again
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.replay import Replay, replay_document, replay_lines
    from recommender.versions import versions

    recorded = read_decision(file)
    replay = Replay(
        then=recorded.result,
        now=answer_again(recorded.request, recorded.result),
        versions_then=recorded.versions,
        versions_now=versions(),
    )
    inventory = recorded.request.inventory
    if output == "json":
        click.echo(dumps(replay_document(inventory, replay)))
    else:
        for line in replay_lines(inventory, replay):
            data_console().print(line, soft_wrap=True)
    return ExitCode.DONE if replay.is_as_promised else ExitCode.DEFECT


def _moves(request: "PlacementRequest", output: str, save: Path | None, time_limit: float | None) -> int:
    from recommender.cli.searching import Interruption, searching
    from recommender.placement.consolidate import consolidate
    from recommender.placement.request import Goal
    from recommender.placement.solve import solve
    from recommender.report.consolidation import consolidation_document, consolidation_lines

    interruption = Interruption()
    if request.goal is Goal.CONSOLIDATE:
        with searching(limit_s=time_limit, interruption=interruption) as run:
            answer = consolidate(request, run)
        _record(save, request, answer.result)
        lines = tuple(consolidation_lines(request.inventory, answer))
        document = consolidation_document(request.inventory, answer)
        tell_recommendation(answer.question, answer.result, output, lines=lines, document=document)
        return _exit_code(answer.result, interruption)
    with searching(limit_s=time_limit, interruption=interruption) as run:
        result = solve(request, run)
    _record(save, request, result)
    tell_recommendation(request, result, output)
    return _exit_code(result, interruption)


def _exit_code(result: "PlacementResult", interruption: "Interruption") -> int:
    from recommender.cli.exit_code import ExitCode, exit_code_of_status

    return ExitCode.INTERRUPTED if interruption.is_asked else exit_code_of_status(result.status)


def _record(path: Path | None, request: "PlacementRequest", result: "PlacementResult") -> None:
    if path is not None:
        from recommender.journal.decision_file import write_decision

        write_decision(path, request, result)
        click.echo(f"{path}: the decision is recorded", err=True)


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
