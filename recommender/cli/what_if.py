"""``what-if``: what would be with hosts lost or added, rules left out, more or less demand."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.goal import Asked, goal_options, question
from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.placement.what_if import Change
    from recommender.settings.command_line import VCenterOptions

_FILE = click.Path(path_type=Path, dir_okay=False)


def _percent(context: click.Context, parameter: click.Parameter, text: str | None) -> float:
    del context, parameter
    if text is None:
        return 0.0
    if not re.fullmatch(r"[+-]?\d{1,6}(\.\d{1,6})?\s*%?", text.strip()):
        raise click.BadParameter(f"{text!r} is no change in percent such as +20% or -10%")
    percent = float(text.strip().rstrip("%"))
    if percent < -100:
        raise click.BadParameter("no demand falls by more than 100 %")
    return percent


@click.command("what-if")
@click.option("--lose-host", "lost", multiple=True, metavar="HOST", help="This host dies (repeatable).")
@click.option("--add-host", "added", multiple=True, type=_FILE, help="The hosts of this file come (repeatable).")
@click.option("--without-rule", "without", multiple=True, metavar="RULE", help="This rule is gone (repeatable).")
@click.option("--demand", callback=_percent, metavar="±X%", help="CPU and active memory of every VM change so much.")
@goal_options
@inventory_options
@output_option
def what_if(
    *,
    lost: tuple[str, ...],
    added: tuple[Path, ...],
    without: tuple[str, ...],
    demand: float,
    asked: Asked,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Tell what would break and what to do, if; any changes together.

    RULE is the name of a rule in vCenter, or of one of ours such as memory_capacity. Nothing is sent to vCenter.
    """
    if not (lost or added or without or demand):
        raise click.UsageError("say what changes: --lose-host, --add-host, --without-rule or --demand")
    if asked.goal != "balance":
        raise click.UsageError("what-if knows the goal balance only")
    start = situation(vcenter, inventory_file)

    from recommender.cli.exit_code import exit_code_of_status
    from recommender.placement.what_if import what_if as answer_what_if
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.what_if import print_what_if, what_if_document

    change = _change(start, lost, added, without, demand)
    answer = answer_what_if(question(start, asked), change)
    if output == "json":
        click.echo(dumps(what_if_document(change, answer)))
    else:
        print_what_if(data_console(), change, answer)
    return exit_code_of_status(answer.after.status)


def _change(
    start: "SavedInventory", lost: tuple[str, ...], added: tuple[Path, ...], without: tuple[str, ...], demand: float
) -> "Change":
    from recommender.inventory.lookup import host_named
    from recommender.journal.hosts_file import read_hosts
    from recommender.placement.what_if import Change

    hosts = [host for path in added for host in read_hosts(path, start.inventory)]
    names = [host.name for host in hosts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.BadParameter(f"{', '.join(twice)}: in several files", param_hint="--add-host")
    return Change(
        lost_hosts=tuple(dict.fromkeys(host_named(start.inventory, name).ref for name in lost)),
        added_hosts=tuple(hosts),
        without_rules=tuple(dict.fromkeys(without)),
        demand_percent=demand,
    )
