"""What a command that only reads starts from: a saved inventory, or vCenter as it is now."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.options import is_interactive, person_at_the_terminal

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.settings.command_line import VCenterOptions
    from recommender.settings.credentials import Prompt


def situation(vcenter: "VCenterOptions", inventory_file: Path | None) -> "SavedInventory":
    """Inventory, policy, recent moves and seed. With a file nothing else is read, so that it answers as it did."""
    from recommender.journal.inventory_file import SavedInventory, read_inventory

    if inventory_file is not None:
        if vcenter.vcenter is not None:
            raise click.UsageError("give -i FILE or --vcenter, not both")
        return read_inventory(inventory_file)

    from recommender.service.balancing.recent_history import recent_moves
    from recommender.service.learnt_calibration import taught_inventory
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    settings = settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world:
        inventory = world.source.read()
    history = recent_moves(settings.journal.url, inventory.taken_at)
    inventory = taught_inventory(inventory, settings.journal.url, settings.policy.migration)
    return SavedInventory(inventory=inventory, policy=settings.policy, recent_moves=history, seed=0)


def prompt() -> "Prompt | None":
    """How to ask the person, or ``None`` where there is none."""
    return person_at_the_terminal if is_interactive() else None
