"""``explain``: why one VM moves or stays, and what a rule costs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.argument("vm", required=False)
@click.option("--rule", metavar="RULE", help="Tell what this rule costs instead: the answers with and without it.")
@inventory_options
@output_option
def explain(
    vm: str | None, rule: str | None, vcenter: "VCenterOptions", inventory_file: Path | None, output: str
) -> int:
    """Explain where VM stands, what binds it, and why it is recommended to move or to stay.

    With --rule, the price of a rule, by its name in vCenter or ours (such as memory_capacity). Nothing is sent to
    vCenter.
    """
    if (vm is None) is (rule is None):
        raise click.UsageError("give a VM or --rule, one of them")
    start = situation(vcenter, inventory_file)
    return _vm(start, vm, output) if vm is not None else _rule(start, str(rule), output)


def _rule(start: "SavedInventory", name: str, output: str) -> int:
    from recommender.placement.request import PlacementRequest
    from recommender.placement.rule_price import price_of_rule
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.rule_price import print_rule_price, rule_price_document

    request = PlacementRequest(
        inventory=start.inventory, policy=start.policy, recent_moves=start.recent_moves, seed=start.seed
    )
    price = price_of_rule(request, name)
    if output == "json":
        click.echo(dumps(rule_price_document(start.inventory, price)))
    else:
        print_rule_price(data_console(), start.inventory, price)
    return ExitCode.DONE


def _vm(start: "SavedInventory", name: str, output: str) -> int:
    from recommender.inventory.lookup import vm_named
    from recommender.placement.ranking import rank_hosts
    from recommender.placement.request import PlacementRequest
    from recommender.placement.solve import solve
    from recommender.report.console import data_console
    from recommender.report.explanation import Explanation, explanation_document, print_explanation
    from recommender.report.json_document import dumps

    machine = vm_named(start.inventory, name)
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
