"""``apply``: carries out a saved plan, once."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.carrying_out import carry_out_with_progress, confirm
from recommender.cli.options import any_time_option, output_option, vcenter_options, yes_option
from recommender.cli.situation import prompt
from recommender.cli.told_plan import print_who_moves, question_of

if TYPE_CHECKING:
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@yes_option
@any_time_option
@vcenter_options
@output_option
def apply(*, file: Path, yes: bool, any_time: bool, vcenter: "VCenterOptions", output: str) -> int:
    """Carry out the plan in FILE, exactly it, and once.

    Refused if the policy, a rule, or a host or datastore it names has changed since. A VM that has changed skips its
    step. Ctrl-C starts nothing new and waits for what runs.
    """
    from recommender.journal.plan_file import read_plan
    from recommender.journal.store import open_journal
    from recommender.report.console import message_console
    from recommender.report.plan_timeline import print_plan
    from recommender.service.approval import require_approval
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    saved = read_plan(file)
    settings = settings_for(vcenter)
    if settings.approval.required:
        with open_journal(settings.journal.url) as journal:
            require_approval(settings.approval, saved, journal.approvals)
    with real_world(settings, os.environ, prompt()) as world:
        inventory = world.source.read()
        if not yes:
            print_plan(message_console(), inventory, saved.plan, world.clock.now())
        print_who_moves(message_console(), inventory, saved)
        confirm(question_of(saved), yes=yes)
        return carry_out_with_progress(saved, inventory, world, settings, output, any_time=any_time)
