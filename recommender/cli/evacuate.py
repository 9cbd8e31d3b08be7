"""``evacuate``: empties hosts or datastores."""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.carrying_out import carry_out_with_progress, confirm, save_for_apply
from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import person
from recommender.cli.options import any_time_option, inventory_options, output_option, yes_option
from recommender.cli.situation import prompt, situation
from recommender.cli.told_plan import (
    WindowOf,
    print_decision,
    print_who_moves,
    question_of,
    tell_decision,
    window_answer_of,
    write_page,
)
from recommender.cli.window import html_option, window_options

if TYPE_CHECKING:
    from recommender.cli.carrying_out import Again
    from recommender.journal.inventory_file import SavedInventory
    from recommender.journal.plan_file import SavedPlan
    from recommender.placement.tried import Tried
    from recommender.service.cycle import Decision
    from recommender.service.service_journal import ServiceJournal
    from recommender.service.world import World
    from recommender.settings.command_line import VCenterOptions
    from recommender.settings.settings import Settings


@click.command()
@click.argument("hosts", nargs=-1, metavar="[HOST...]")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="C", help="Empty every host of this cluster (repeatable)."
)
@click.option("--datastore", "datastores", multiple=True, metavar="D", help="Empty this datastore (repeatable).")
@click.option("--maintenance-mode", is_flag=True, help="Enter maintenance mode once a host or datastore is empty.")
@click.option("--dry-run", is_flag=True, help="Plan only; nothing is sent to vCenter.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply; send nothing.")
@yes_option
@any_time_option
@html_option
@window_options
@inventory_options
@output_option
def evacuate(
    *,
    hosts: tuple[str, ...],
    clusters: tuple[str, ...],
    datastores: tuple[str, ...],
    maintenance_mode: bool,
    dry_run: bool,
    out: Path | None,
    yes: bool,
    any_time: bool,
    html: Path | None,
    window_of: WindowOf,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Empty HOST..., or the datastores given: plan where VMs or their disks go, ask, and bring them there.

    Nothing is sent if not every VM can leave with every rule kept, nor if not all is over in the window asked for.
    Where DRS is fully automated vCenter empties a host that enters maintenance mode: the plan is then a forecast.
    Where `approval.required` says so, save the plan with --out, have it approved, and `apply` it.
    """
    if bool(hosts or clusters) == bool(datastores):
        raise click.UsageError("name the hosts to empty (or --cluster), or the datastores with --datastore")
    asked = _Asked(hosts=hosts, clusters=clusters, datastores=datastores, maintenance_mode=maintenance_mode)
    if inventory_file is None:
        return _evacuate(asked, vcenter, window_of, html, output, dry_run=dry_run, out=out, yes=yes, any_time=any_time)
    if not dry_run:
        raise click.UsageError("from a saved inventory nothing can be carried out: give --dry-run")
    start = situation(vcenter, inventory_file)
    decided = asked.decided(start)
    return _refused(decided) if isinstance(decided, str) else _told(start, decided, window_of, html, output, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    hosts: tuple[str, ...]
    clusters: tuple[str, ...]
    datastores: tuple[str, ...]
    maintenance_mode: bool

    def decided(self, start: "SavedInventory", before: "Tried | None" = None) -> "Decision | str":
        """What should be done, ``before`` being what was tried; or why that may not be."""
        from recommender.inventory.lookup import cluster_named, datastore_named, host_named
        from recommender.placement.request import Goal, PlacementRequest
        from recommender.report.text import plain
        from recommender.service.evacuations.host_evacuation import (
            decide_evacuation,
            loud_warning,
            without_maintenance_mode,
        )

        inventory = start.inventory
        whole = {cluster_named(inventory, name).ref for name in self.clusters}
        named = dict.fromkeys(
            [host_named(inventory, host).ref for host in self.hosts]
            + [host.ref for host in inventory.hosts if host.cluster in whole]
            + [datastore_named(inventory, datastore).ref for datastore in self.datastores]
        )
        if self.maintenance_mode and (refusal := without_maintenance_mode(inventory, named)) is not None:
            raise click.UsageError(refusal)
        request = PlacementRequest(
            inventory=inventory,
            policy=start.policy,
            goal=Goal.EVACUATE,
            evacuate=tuple(named),
            recent_moves=start.recent_moves,
            left_alone=before.left_alone if before else (),
            failed=before.failed if before else (),
            seed=start.seed,
        )
        if warning := loud_warning(inventory, start.policy, request.evacuate):
            click.echo(plain(warning), err=True)
        return decide_evacuation(request, maintenance_mode=self.maintenance_mode)


def _evacuate(
    asked: _Asked,
    vcenter: "VCenterOptions",
    window_of: WindowOf,
    html: Path | None,
    output: str,
    *,
    dry_run: bool,
    out: Path | None,
    yes: bool,
    any_time: bool,
) -> int:
    """Of a real vCenter."""
    from recommender.journal.inventory_file import SavedInventory
    from recommender.report.console import message_console
    from recommender.service.approval import refuse_unsaved_plan
    from recommender.service.balancing.recent_history import recent_moves
    from recommender.service.learnt_calibration import taught_inventory
    from recommender.service.saved_decision import saved_decision
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    settings = settings_for(vcenter)
    with real_world(settings, os.environ, prompt()) as world:
        inventory = taught_inventory(world.source.read(), settings.journal.url, settings.policy.migration)
        history = recent_moves(settings.journal.url, inventory.taken_at)
        start = SavedInventory(inventory=inventory, policy=settings.policy, recent_moves=history, seed=0)
        decision = asked.decided(start)
        if isinstance(decision, str):
            return _refused(decision)
        answer = window_answer_of(decision, inventory.taken_at, window_of)
        if dry_run or not _is_possible(decision) or (answer is not None and not answer.fits):
            return _told(start, decision, window_of, html, output, asked)
        print_decision(message_console(), inventory, decision, answer)
        if html is not None:
            write_page(html, inventory, decision, answer)
        now, maintenance_mode = world.clock.now(), asked.maintenance_mode
        saved = saved_decision(decision, author=person(), created_at=now, maintenance_mode=maintenance_mode)
        print_who_moves(message_console(), inventory, saved)
        if out is not None:
            return save_for_apply(out, saved)
        refuse_unsaved_plan(settings.approval)
        confirm(question_of(saved), yes=yes)
        again = _again(asked, start, world, settings)
        return carry_out_with_progress(saved, inventory, world, settings, output, again=again, any_time=any_time)


def _again(asked: _Asked, start: "SavedInventory", world: "World", settings: "Settings") -> "Again":
    """What makes the plan of another attempt, where migrations failed."""
    from recommender.service.evacuations.host_evacuation import plan_of_the_rest
    from recommender.service.learnt_calibration import taught_inventory
    from recommender.service.retries import tried_since

    def again(journal: "ServiceJournal", since: datetime) -> "SavedPlan | str":
        fresh = taught_inventory(world.source.read(), settings.journal.url, settings.policy.migration)
        before = tried_since(fresh, journal, settings.policy.retry, since)
        left = asked.decided(replace(start, inventory=fresh), before)
        if isinstance(left, str):
            return left
        now, maintenance_mode = world.clock.now(), asked.maintenance_mode
        return plan_of_the_rest(left, author=person(), created_at=now, maintenance_mode=maintenance_mode)

    return again


def _refused(reason: str) -> int:
    """Nothing is planned, and nothing was sent."""
    from recommender.report.text import plain

    click.echo(plain(reason), err=True)
    return ExitCode.INFEASIBLE


def _is_possible(decision: "Decision") -> bool:
    """Whether every VM can leave: a place for each, and an order in which no rule is broken on the way."""
    from recommender.cli.exit_code import exit_code_of_status

    return exit_code_of_status(decision.result.status) == ExitCode.DONE and not decision.plan.blocked


def _told(
    start: "SavedInventory",
    decision: "Decision",
    window_of: WindowOf,
    html: Path | None,
    output: str,
    asked: _Asked,
) -> int:
    """Print the decision as the command's answer."""
    from recommender.report.console import data_console
    from recommender.service.saved_decision import saved_decision

    taken_at = start.inventory.taken_at
    saved = saved_decision(decision, author=person(), created_at=taken_at, maintenance_mode=asked.maintenance_mode)
    answer = window_answer_of(decision, taken_at, window_of)
    tell_decision(start.inventory, decision, answer, output, by_vcenter=saved.by_vcenter)
    if output != "json":
        print_who_moves(data_console(), start.inventory, saved)
    if html is not None:
        write_page(html, start.inventory, decision, answer)
    fits = answer is None or answer.fits
    return ExitCode.DONE if fits and _is_possible(decision) else ExitCode.INFEASIBLE
