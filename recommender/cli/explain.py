"""``explain``: why one VM moves or stays."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.argument("vm")
@inventory_options
@output_option
def explain(vm: str, vcenter: "VCenterOptions", inventory_file: Path | None, output: str) -> int:
    """Explain where VM stands, what binds it, and why it is recommended to move or to stay.

    Nothing is sent to vCenter.
    """
    start = situation(vcenter, inventory_file)

    from recommender.inventory.lookup import vm_named
    from recommender.placement.ranking import rank_hosts
    from recommender.placement.request import PlacementRequest
    from recommender.placement.solve import solve
    from recommender.report.console import data_console
    from recommender.report.explanation import Explanation, explanation_document, print_explanation
    from recommender.report.json_document import dumps

    machine = vm_named(start.inventory, vm)
    request = PlacementRequest(
        inventory=start.inventory, policy=start.policy, recent_moves=start.recent_moves, seed=start.seed
    )
    move = next((move for move in solve(request).moves if move.vm == machine.ref), None)
    explanation = Explanation(vm=machine, move=move, ranking=rank_hosts(request, machine))
    if output == "json":
        click.echo(dumps(explanation_document(start.inventory, explanation)))
    else:
        print_explanation(data_console(), start.inventory, explanation)
    return ExitCode.DONE
