"""``campaign``: a whole data centre, or clusters, to other hosts over as many windows as it takes."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recommender.cli.carrying_out import confirm
from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, now, person, require_journal, settings_of
from recommender.cli.options import inventory_options, output_option, vcenter_options, yes_option
from recommender.cli.situation import prompt, situation
from recommender.cli.window import duration_s

if TYPE_CHECKING:
    from recommender.journal.inventory_file import SavedInventory
    from recommender.service.campaigns.decision import CampaignDecision
    from recommender.service.campaigns.order import CampaignOrder
    from recommender.service.world import World
    from recommender.settings.command_line import VCenterOptions
    from recommender.settings.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])
_window_option = click.option(
    "--window", required=True, metavar="5h", help="So long from the start on: nothing starts that would not end in it."
)


@click.group()
def campaign() -> None:
    """Move a whole data centre or clusters to other hosts, in batches that the link between them carries."""


def _order_options(command: _Command) -> _Command:
    """Adds what ``plan`` and ``run`` ask: from where, to where, what belongs together, what stays."""
    decorated: Any = command
    for name, metavar, text in reversed(
        (
            ("datacenter", "DC", "Empty every host of this data centre."),
            ("cluster", "C", "Empty every host of this cluster."),
            ("host", "H", "Empty this host."),
            ("to-datacenter", "DC", "To the hosts of this data centre."),
            ("to-cluster", "C", "To the hosts of this cluster."),
            ("to", "H", "To this host."),
            ("together", "CATEGORY", "VMs with the same tag of this category are one application."),
            ("leave", "VMS", "VMs that stay: a pattern of names, or tag:CATEGORY/NAME."),
        )
    ):
        decorated = click.option(f"--{name}", multiple=True, metavar=metavar, help=f"{text} (Repeatable.)")(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command's own type


@campaign.command()
@_order_options
@click.option("--window", required=True, metavar="5h", help="The length of each window.")
@click.option("--every", metavar="'CRON [ZONE]'", help="Windows open then; without it they are not dated.")
@click.option("--closed", multiple=True, type=click.DateTime(["%Y-%m-%d"]), help="With --every: no window on that day.")
@inventory_options
@output_option
def plan(
    *,
    window: str,
    every: str | None,
    closed: tuple[datetime, ...],
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
    **asked: Any,
) -> int:
    """Show the windows, what each moves and what the link carries of it, and what is left. Nothing is sent."""
    from itertools import islice

    from recommender.cli.windows import opens
    from recommender.report.campaign_plan import campaign_document, print_campaign
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps

    order, window_s = _order(asked), duration_s(window)
    start = situation(vcenter, inventory_file)
    decision = _decided(start, order, window_s)
    days = {day.date() for day in closed}
    times = opens(every, window_s, start.inventory.taken_at, days) if every else iter(lambda: None, 0)
    dated = list(zip(islice(times, len(decision.batches)), decision.batches, strict=True))
    left = tuple(decision.left())
    for warning in decision.warnings:
        click.echo(warning, err=True)
    if output == "json":
        click.echo(dumps(campaign_document(start.inventory, dated, left, decision.warnings)))
    else:
        print_campaign(data_console(), start.inventory, dated, left)
    return _code(decision)


@campaign.command()
@_order_options
@_window_option
@click.option("--every", metavar="'CRON [ZONE]'", help="Its windows open then: the end is dated by them.")
@click.option("--closed", multiple=True, type=click.DateTime(["%Y-%m-%d"]), help="With --every: no window on that day.")
@yes_option
@vcenter_options
@output_option
def run(
    *,
    window: str,
    every: str | None,
    closed: tuple[datetime, ...],
    yes: bool,
    vcenter: "VCenterOptions",
    output: str,
    **asked: Any,
) -> int:
    """Begin it: show the first window's batch, ask, and move as much as is over in this window.

    `campaign continue` goes on in the next window, and after whatever stopped it. Nothing is sent if some VM has
    nowhere to go and is not left by --leave. With approval.required each batch is proposed, and carried out by
    `campaign continue` once it is approved (`approve PLAN`).
    """
    from uuid import uuid4

    from recommender.cli.campaign_promise import Beginning
    from recommender.cli.campaign_window import go_on
    from recommender.cli.windows import window_settings
    from recommender.journal.campaigns import CampaignKind
    from recommender.report.campaign_plan import print_campaign
    from recommender.report.console import message_console
    from recommender.service.proposed import room_s
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    order, window_s, settings = _order(asked), duration_s(window), settings_for(vcenter)
    if every:
        window_settings(every, window_s)  # refused before anything is looked at
    with real_world(settings, os.environ, prompt()) as world:
        start = _situation_of(settings, world)
        decision = _decided(start, order, room_s(window_s) if settings.approval.required else window_s)
        nowhere = tuple((vm, why) for vm, why in decision.left() if vm not in {m.vm for m in decision.split.left})
        for warning in decision.warnings:
            click.echo(warning, err=True)
        print_campaign(message_console(), start.inventory, [(None, one) for one in decision.batches[:1]], nowhere)
        waiting = {vm.ref for vm in decision.waiting}
        if not decision.batches or any(vm in waiting for vm, _ in nowhere):
            if decision.split.reason and not decision.batches:
                click.echo(f"nothing fits this window: {decision.split.reason}", err=True)
            return ExitCode.INFEASIBLE if waiting else ExitCode.DONE
        later = {move.vm for batch in decision.batches[1:] for move in batch.moves}
        rest = len(later | {move.vm for move in decision.split.left})
        what = "Propose this batch for approval" if settings.approval.required else "Begin with this batch now"
        confirm(f"{what} ({rest} VMs come later)?", yes=yes)
        with _journal(settings) as journal:
            number = uuid4().hex
            kind, name = CampaignKind.DATACENTER, f"{order.of} to {order.to}"
            journal.campaigns.begin(number, name, order.asked(), (), author=person(), at=now(), kind=kind)
            beginning = Beginning(decision=decision, every=every, closed=tuple(f"{day:%Y-%m-%d}" for day in closed))
            found = journal.campaigns.find(number, kind)
            return go_on(settings, world, journal, found, window_s, output, beginning)


@campaign.command("continue")
@click.argument("number", metavar="CAMPAIGN")
@_window_option
@vcenter_options
@output_option
def continue_(number: str, window: str, vcenter: "VCenterOptions", output: str) -> int:
    """Go on in this window, from where the VMs are now; CAMPAIGN is the start of its id."""
    from recommender.cli.campaign_window import go_on
    from recommender.journal.campaigns import CampaignKind
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    window_s, settings = duration_s(window), settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world, _journal(settings) as journal:
        found = journal.campaigns.find(number, CampaignKind.DATACENTER)
        if found.ended_at is not None:
            raise click.UsageError(f"it ended at {found.ended_at:%Y-%m-%d %H:%M} UTC: {found.detail}")
        return go_on(settings, world, journal, found, window_s, output)


@campaign.command("roll-back")
@click.argument("number", metavar="CAMPAIGN")
@_window_option
@click.option("--dry-run", is_flag=True, help="Plan only; nothing is sent to vCenter.")
@yes_option
@vcenter_options
@output_option
def roll_back(number: str, window: str, dry_run: bool, yes: bool, vcenter: "VCenterOptions", output: str) -> int:  # noqa: FBT001  # click's
    """Put everything that it moved back to where it was, as much as is over in this window; again for the rest.

    The campaign then has ended.
    """
    from recommender.cli.campaign_window import put_back
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    window_s, settings = duration_s(window), settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world, _journal(settings) as journal:
        return put_back(settings, world, journal, number, window_s, output, dry_run=dry_run, yes=yes)


@campaign.command("list")
@config_option
@output_option
def list_(config: Path | None, output: str) -> int:
    """Show campaigns and their batches."""
    from recommender.journal.campaigns import CampaignKind
    from recommender.journal.store import open_read_only
    from recommender.report.campaign_batches import print_batches
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.service.documents.campaigns import campaigns_document

    with open_read_only(settings_of(config).journal.url) as found:
        journal = require_journal(found)
        known = journal.campaigns.last(20, CampaignKind.DATACENTER)
        promises = journal.promises.all([one.id for one in known])
        document = campaigns_document(((one, journal.batches.of(one.id)) for one in known), promises)
    if output == "json":
        click.echo(dumps(document))
    else:
        print_batches(data_console(), document)
    return ExitCode.DONE


def _order(asked: dict[str, Any]) -> "CampaignOrder":
    from recommender.service.campaigns.order import CampaignOrder, Places

    of = Places(hosts=asked["host"], clusters=asked["cluster"], datacenters=asked["datacenter"])
    to = Places(hosts=asked["to"], clusters=asked["to_cluster"], datacenters=asked["to_datacenter"])
    if not str(of) or not str(to):
        raise click.UsageError("say from where (--datacenter, --cluster, --host) and to where (--to-datacenter, …)")
    return CampaignOrder(of=of, to=to, categories=asked["together"], leave=asked["leave"])


def _decided(start: "SavedInventory", order: "CampaignOrder", window_s: float) -> "CampaignDecision":
    from recommender.service.campaigns.decision import CampaignQuestion, decide_campaign

    return decide_campaign(
        CampaignQuestion(
            order=order,
            inventory=start.inventory,
            policy=start.policy,
            window_s=window_s,
            recent_moves=start.recent_moves,
            seed=start.seed,
        )
    )


def _situation_of(settings: "Settings", world: "World") -> "SavedInventory":
    from recommender.journal.inventory_file import SavedInventory
    from recommender.service.balancing.recent_history import recent_moves
    from recommender.service.learnt_calibration import taught_inventory

    inventory = taught_inventory(world.source.read(), settings.journal.url, settings.policy.migration)
    history = recent_moves(settings.journal.url, inventory.taken_at)
    return SavedInventory(inventory=inventory, policy=settings.policy, recent_moves=history, seed=0)


def _journal(settings: "Settings") -> Any:
    from recommender.journal.store import open_journal

    return open_journal(settings.journal.url, actor=person())


def _code(decision: "CampaignDecision") -> int:
    waiting = {vm.ref for vm in decision.waiting}
    return ExitCode.INFEASIBLE if any(vm in waiting for vm, _ in decision.left()) else ExitCode.DONE
