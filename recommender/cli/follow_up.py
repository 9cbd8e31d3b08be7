"""What ``plan --continue`` and ``plan --roll-back`` do: the rest of a plan that was applied, or its way back."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import person, require_journal, settings_of

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.journal.inventory_file import SavedInventory
    from recommender.journal.plan_file import SavedPlan
    from recommender.journal.records import StepRecord
    from recommender.planning.follow_up import FollowUp

FOLLOW_UP_FORMAT = "recommender-follow-up/1"
_UNSETTLED = ("intent", "submitted", "unknown")


def follow_up(
    start: "SavedInventory", config: Path | None, plan_id: str, *, is_way_back: bool, out: Path | None, output: str
) -> int:
    """Plan it from where the VMs are now, tell it, and save it where ``out`` says."""
    from recommender.journal.plan_file import write_plan
    from recommender.planning.follow_up import moves_back, rest_of_moves
    from recommender.ports import StepState
    from recommender.service.balancing.part_plan import saved_part

    applied, records = _applied(config, plan_id)
    open_steps = [str(row.number) for row in records if row.state in _UNSETTLED]
    if open_steps:
        raise click.UsageError(f"it is not known yet how these steps ended: {', '.join(open_steps)}; wait, or `status`")
    done = {row.number for row in records if row.state is StepState.DONE}
    uuids = {row.vm: row.instance_uuid for row in records}
    find = moves_back if is_way_back else rest_of_moves
    found = find(start.inventory, start.policy, applied.plan, done, uuids)
    saved = saved_part(start.inventory, start.policy, found.moves, author=person(), created_at=start.inventory.taken_at)
    if not is_way_back and applied.evacuate:
        saved = replace(saved, evacuate=applied.evacuate, maintenance_mode=applied.maintenance_mode)
    _tell(start.inventory, saved, found, output)
    if out is not None:
        write_plan(out, saved)
        click.echo(f"{out}: {len(saved.plan.steps)} steps", err=True)
    return ExitCode.INCOMPLETE if found.left else ExitCode.DONE


def _applied(config: Path | None, plan_id: str) -> "tuple[SavedPlan, tuple[StepRecord, ...]]":
    from recommender.journal.plan_file import parse_plan
    from recommender.journal.store import open_read_only

    with open_read_only(settings_of(config).journal.url) as found:
        journal = require_journal(found)
        known = journal.plan_documents(plan_id)
        if len(known) != 1:
            told = "no plan" if not known else f"{len(known)} plans"
            raise click.UsageError(f"the journal knows {told} that begin with {plan_id!r}: `status` shows them")
        ((whole, text),) = known.items()
        return parse_plan(text, f"plan {whole[:12]} in the journal"), journal.steps(whole)


def _tell(inventory: "Inventory", saved: "SavedPlan", found: "FollowUp", output: str) -> None:
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps, entity_document, plan_document
    from recommender.report.names import Names
    from recommender.report.plan_timeline import print_plan

    if output == "json":
        left = [{"vm": entity_document(inventory, vm), "reason": reason} for vm, reason in found.left.items()]
        click.echo(dumps({"format": FOLLOW_UP_FORMAT, **plan_document(inventory, saved.plan), "left": left}))
        return
    console, names = data_console(), Names(inventory)
    print_plan(console, inventory, saved.plan)
    if not saved.plan.steps:
        console.print("nothing is left to move")
    for vm, reason in found.left.items():
        console.print(f"left       {names.of(vm)}: {reason}", soft_wrap=True)
