"""``place``: the best places for VMs that a file names or describes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@inventory_options
@output_option
def place(file: Path, vcenter: "VCenterOptions", inventory_file: Path | None, output: str) -> int:
    """Tell the best host, and datastores, for each VM of FILE, all others staying where they are.

    FILE is a recommender-vms/1 document (see the README): VMs that exist by name, new ones described. Nothing is sent
    to vCenter.
    """
    start = situation(vcenter, inventory_file)

    from recommender.cli.exit_code import exit_code_of_status
    from recommender.journal.vms_file import read_vms
    from recommender.placement.place import place as best_places
    from recommender.placement.request import PlacementRequest
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.placements import placements_document, print_placements

    wanted = read_vms(file, start.inventory)
    request = PlacementRequest(
        inventory=start.inventory, policy=start.policy, recent_moves=start.recent_moves, seed=start.seed
    )
    answer = best_places(request, wanted.existing, wanted.new)
    if output == "json":
        click.echo(dumps(placements_document(answer)))
    else:
        print_placements(data_console(), answer)
    return exit_code_of_status(answer.result.status)
