"""``maintain``: rolling maintenance of hosts, wave by wave."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recommender.cli.campaign_run import campaign_journal, run_campaign
from recommender.cli.carrying_out import confirm
from recommender.cli.exit_code import ExitCode
from recommender.cli.hook_option import runnable_hook
from recommender.cli.journal_access import config_option, now, person, require_journal, settings_of
from recommender.cli.options import inventory_options, output_option, vcenter_options, yes_option
from recommender.cli.situation import prompt, situation
from recommender.cli.window import duration_s

if TYPE_CHECKING:
    from recommender.actuation.turn import TurnState
    from recommender.inventory.inventory import Inventory
    from recommender.inventory.reference import EntityRef
    from recommender.journal.inventory_file import SavedInventory
    from recommender.journal.store import DatabaseJournal
    from recommender.planning.rolling.wave import RollingPlan
    from recommender.service.rolling.order import RollingOrder
    from recommender.service.world import World
    from recommender.settings.command_line import VCenterOptions
    from recommender.settings.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group()
def maintain() -> None:
    """Work on the hosts of a cluster in turn: empty, maintenance mode, work, back, the next."""


def _rolling_options(command: _Command) -> _Command:
    """Adds what both ``plan`` and ``run`` ask: ``hosts``, ``clusters`` and the keys of an order."""
    decorated: Any = command
    for option in (
        click.option("--stay", is_flag=True, help="Do not balance once all hosts are back."),
        click.option(
            "--work",
            default="30m",
            show_default=True,
            metavar="TIME",
            help="What the work on a host is expected to take.",
        ),
        click.option(
            "--moves-per-vm",
            type=click.FloatRange(min=1),
            default=1.1,
            show_default=True,
            help="Migrations for each VM, at most, on the way round; more save waves.",
        ),
        click.option(
            "--at-once", type=click.IntRange(min=1), help="Hosts of a cluster away at once, at most.  [default: half]"
        ),
        click.option("--cluster", "clusters", multiple=True, metavar="CLUSTER", help="All its hosts (repeatable)."),
        click.argument("hosts", nargs=-1, metavar="[HOST]..."),
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command's own type


@maintain.command()
@_rolling_options
@inventory_options
@output_option
def plan(
    *,
    hosts: tuple[str, ...],
    clusters: tuple[str, ...],
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
    **asked: Any,
) -> int:
    """Show the waves, what moves in each, and when it would be over. Nothing is sent to vCenter."""
    start = situation(vcenter, inventory_file)
    rolling = _planned(start, _order(None, asked), _named(start.inventory, hosts, clusters))
    _tell(start.inventory, rolling, output)
    return _code(rolling)


@maintain.command()
@_rolling_options
@click.option(
    "--hook",
    multiple=True,
    metavar="ARGUMENT",
    help="Program (absolute path) that does the work; again for each argument.",
)
@click.option("--hook-timeout", default="1h", show_default=True, metavar="TIME", help="After so long it has failed.")
@yes_option
@vcenter_options
def run(
    *,
    hosts: tuple[str, ...],
    clusters: tuple[str, ...],
    hook: tuple[str, ...],
    hook_timeout: str,
    yes: bool,
    vcenter: "VCenterOptions",
    **asked: Any,
) -> int:
    """Show the waves, ask, and carry them out.

    The hook is told the host as JSON on its standard input and may take its time; without one a person does the work
    and takes the host out of maintenance mode. What goes wrong stops it, and `maintain continue` goes on. Where
    `approval.required` says so each wave is proposed, and `maintain continue` carries it out once it is approved.
    """
    from recommender.report.console import message_console
    from recommender.report.quantity_text import counted_text
    from recommender.report.rolling_plan import print_rolling
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    order, settings = _order(runnable_hook(hook, hook_timeout), asked), settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world:
        start = _situation_of(settings, world)
        named = _named(start.inventory, hosts, clusters)
        rolling = _planned(start, order, named)
        print_rolling(message_console(), start.inventory, rolling)
        if not rolling.waves:
            return ExitCode.INFEASIBLE
        of_hosts = counted_text(len(rolling.waves[0].hosts), "host")
        if settings.approval.required:
            confirm(f"Begin, and propose to empty {of_hosts}?", yes=yes)
        else:
            confirm(f"Begin, and empty {of_hosts} now?", yes=yes)
        with campaign_journal(settings) as journal:
            number = _begin(journal, order, named)
            journal.names.keep(start.inventory, named)
            return run_campaign(settings, world, journal, journal.campaigns.find(number), start.inventory, rolling)


@maintain.command("continue")
@click.argument("campaign")
@click.option("--worked", multiple=True, metavar="HOST", help="The work on this host is done: take it back.")
@click.option("--again", multiple=True, metavar="HOST", help="Give this host its turn once more.")
@click.option("--stay", is_flag=True, help="Do not balance once all hosts are back.")
@vcenter_options
def continue_(
    *, campaign: str, worked: tuple[str, ...], again: tuple[str, ...], stay: bool, vcenter: "VCenterOptions"
) -> int:
    """Go on with a rolling maintenance that was stopped; CAMPAIGN is the start of its id."""
    from recommender.cli.turns_asked import turns_asked
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    settings = settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world, campaign_journal(settings) as journal:
        found, inventory = journal.campaigns.find(campaign), world.source.read()
        if stay:
            found = replace(found, asked={**found.asked, "come_home": False})
        for host, state in tuple(turns_asked(inventory, journal.campaigns.turns(found.id), worked, again)):
            journal.campaigns.turn(found.id, host, state, now(), detail=f"{person()} says so")
        return run_campaign(settings, world, journal, found, inventory)


@maintain.command()
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@click.option("--datastore", "datastores", multiple=True, metavar="D", help="This datastore (repeatable).")
@yes_option
@vcenter_options
def leave(*, hosts: tuple[str, ...], datastores: tuple[str, ...], yes: bool, vcenter: "VCenterOptions") -> int:
    """Take hosts or datastores out of maintenance mode, once each; nothing is moved.

    What is cut off goes on by `maintain continue`.
    """
    from recommender.actuation.turn import TurnState
    from recommender.inventory.lookup import datastore_named, host_named
    from recommender.service.approval import refuse_leaving
    from recommender.service.rolling.order import RollingOrder
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    if not hosts and not datastores:
        raise click.UsageError("name hosts, or datastores with --datastore")
    settings = settings_for(vcenter)
    refuse_leaving(settings.approval)
    with real_world(settings, os.environ, prompt()) as world:
        inventory = world.source.read()
        refs = {host_named(inventory, name).ref for name in hosts}
        refs |= {datastore_named(inventory, name).ref for name in datastores}
        confirm(f"Take {', '.join((*hosts, *datastores))} out of maintenance mode now?", yes=yes)
        with campaign_journal(settings) as journal:
            order = RollingOrder(come_home=False)
            journal.names.keep(inventory, refs)
            number = _begin(journal, order, tuple(sorted(refs)), name="leave maintenance", state=TurnState.WORKED)
            return run_campaign(settings, world, journal, journal.campaigns.find(number), inventory)


@maintain.command("list")
@config_option
@output_option
def list_(config: Path | None, output: str) -> int:
    """Show rolling maintenances and how far the turn of each host has come."""
    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.maintenances import print_maintenances
    from recommender.service.documents.entity_names import with_names
    from recommender.service.documents.maintenances import maintenances_document

    with open_read_only(settings_of(config).journal.url) as opened:
        journal = require_journal(opened)
        found = journal.campaigns.last(20)
        promises = journal.promises.all([one.id for one in found])
        turns = ((one, journal.campaigns.turns(one.id)) for one in found)
        document = with_names(maintenances_document(turns, promises), journal.names.all())
    if output == "json":
        click.echo(dumps(document))
    else:
        print_maintenances(data_console(), document)
    return ExitCode.DONE


def _order(hook: Any, asked: dict[str, Any]) -> "RollingOrder":
    from recommender.service.rolling.order import RollingOrder

    return RollingOrder(
        at_once=asked["at_once"],
        most_moves_per_vm=asked["moves_per_vm"],
        work_s=duration_s(asked["work"], "--work"),
        come_home=not asked["stay"],
        work=hook,
    )


def _named(inventory: "Inventory", hosts: tuple[str, ...], clusters: tuple[str, ...]) -> "tuple[EntityRef, ...]":
    from recommender.inventory.lookup import cluster_named, host_named

    refs = {host_named(inventory, name).ref for name in hosts}
    named = {cluster_named(inventory, name).ref for name in clusters}
    refs |= {host.ref for host in inventory.hosts if host.cluster in named}
    if not refs:
        raise click.UsageError("name hosts, or a cluster with --cluster")
    return tuple(sorted(refs))


def _planned(start: "SavedInventory", order: "RollingOrder", hosts: "tuple[EntityRef, ...]") -> "RollingPlan":
    from recommender.planning.rolling.maintenance import plan_rolling_maintenance

    return plan_rolling_maintenance(
        order.request(start.inventory, start.policy, hosts, recent_moves=start.recent_moves, seed=start.seed)
    )


def _situation_of(settings: "Settings", world: "World") -> "SavedInventory":
    from recommender.journal.inventory_file import SavedInventory
    from recommender.service.balancing.recent_history import recent_moves
    from recommender.service.learnt_calibration import taught_inventory

    inventory = taught_inventory(world.source.read(), settings.journal.url, settings.policy.migration)
    history = recent_moves(settings.journal.url, inventory.taken_at)
    return SavedInventory(inventory=inventory, policy=settings.policy, recent_moves=history, seed=0)


def _begin(
    journal: "DatabaseJournal",
    order: "RollingOrder",
    hosts: "tuple[EntityRef, ...]",
    *,
    name: str = "maintain",
    state: "TurnState | None" = None,
) -> str:
    from uuid import uuid4

    from recommender.actuation.turn import TurnState

    number = uuid4().hex
    journal.campaigns.begin(
        number, name, order.asked(), hosts, author=person(), at=now(), state=state or TurnState.WAITING
    )
    return number


def _tell(inventory: "Inventory", rolling: "RollingPlan", output: str) -> None:
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.rolling_plan import print_rolling, rolling_document

    if output == "json":
        click.echo(dumps(rolling_document(inventory, rolling)))
    else:
        print_rolling(data_console(), inventory, rolling)


def _code(rolling: "RollingPlan") -> int:
    is_whole = not rolling.stuck and not any(wave.plan.blocked for wave in rolling.legs)
    return ExitCode.DONE if is_whole else ExitCode.INFEASIBLE
