"""``inventory``: save everything a decision needs in one file, or print that file's schema."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.options import vcenter_options
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.settings.command_line import VCenterOptions

KINDS = ("inventory", "vms", "hosts")  # of files that have a schema


@click.group()
def inventory() -> None:
    """Save an inventory for later, or print the JSON Schema of saved ones."""


@inventory.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Seed that decisions from this file use.")
@vcenter_options
def save(out: Path, seed: int, vcenter: "VCenterOptions") -> None:
    """Read vCenter and save inventory, sites, policy, recent moves, now and the seed (mode 0600)."""
    from dataclasses import replace

    from recommender.journal.inventory_file import write_inventory

    saved = replace(situation(vcenter, None), seed=seed)
    write_inventory(out, saved)
    click.echo(
        f"{out}: {len(saved.inventory.hosts)} hosts, {len(saved.inventory.virtual_machines)} VMs, "
        f"as of {saved.inventory.taken_at:%Y-%m-%d %H:%M:%S} UTC",
        err=True,
    )


@inventory.command()
@click.argument("kind", type=click.Choice(KINDS), default="inventory")
def schema(kind: str) -> None:
    """Print the JSON Schema of a saved inventory, or of a file for `place` (vms) or `what-if --add-host` (hosts)."""
    import json

    from recommender.journal.hosts_file import hosts_schema
    from recommender.journal.inventory_file import inventory_schema
    from recommender.journal.vms_file import vms_schema

    made = {"inventory": inventory_schema, "vms": vms_schema, "hosts": hosts_schema}[kind]()
    click.echo(json.dumps(made, indent=2))
