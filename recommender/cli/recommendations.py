"""``recommendations``: what the service wants, to be applied or rejected by a person."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.carrying_out import carry_out_with_progress, confirm, save_for_apply
from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, journal_for_writing, now, person, require_journal, settings_of
from recommender.cli.options import output_option, vcenter_options, yes_option
from recommender.cli.situation import prompt

if TYPE_CHECKING:
    from recommender.journal.recommendations import Recommendation
    from recommender.journal.store import DatabaseJournal
    from recommender.settings.command_line import VCenterOptions


@click.group()
def recommendations() -> None:
    """List, apply or reject what the service recommends."""


@recommendations.command("list")
@click.option("--all", "with_ended", is_flag=True, help="Also those that were applied, rejected, superseded, expired.")
@config_option
@output_option
def list_(with_ended: bool, config: Path | None, output: str) -> int:  # noqa: FBT001  # click's flag
    """Show what stands."""
    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.standing_recommendations import print_recommendations
    from recommender.service.documents.recommendations import recommendations_document

    with open_read_only(settings_of(config).journal.url) as found:
        journal = require_journal(found)
        told = journal.recommendations.last(1000) if with_ended else journal.recommendations.open()
        document = recommendations_document(told, journal.names.all())
    if output == "json":
        click.echo(dumps(document))
    else:
        print_recommendations(data_console(), document)
    return ExitCode.DONE


@recommendations.command()
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far to look back.")
@config_option
@output_option
def compare(days: int, config: Path | None, output: str) -> int:
    """Show what others (DRS or people) moved while the service looked, next to what it wanted then."""
    from datetime import timedelta

    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.moves_of_others import print_comparison
    from recommender.service.documents.comparison import comparison_document

    since = now() - timedelta(days=days)
    with open_read_only(settings_of(config).journal.url) as found:
        journal = require_journal(found)
        others, wanted = journal.foreign_moves.since(since), journal.recommendations.since(since)
        document = comparison_document(others, wanted, since, journal.names.all())
    if output == "json":
        click.echo(dumps(document))
    else:
        print_comparison(data_console(), document)
    return ExitCode.DONE


@recommendations.command()
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID...")
@click.option("--reason", default="", help="Kept with it.")
@config_option
def reject(ids: tuple[int, ...], reason: str, config: Path | None) -> None:
    """Do not make these moves, nor let the service make them for `automation.rejected_for_hours`."""
    from recommender.journal.recommendations import RecommendationState

    with journal_for_writing(config) as journal:
        _open(journal, ids)  # one that does not stand is named, with those that do
        journal.recommendations.end(ids, RecommendationState.REJECTED, by=person(), at=now(), detail=reason)
    click.echo(f"rejected: {', '.join(map(str, ids))}", err=True)


@recommendations.command()
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID...")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply; send nothing.")
@yes_option
@vcenter_options
@output_option
def apply(*, ids: tuple[int, ...], out: Path | None, yes: bool, vcenter: "VCenterOptions", output: str) -> int:
    """Make these moves now, each looked at anew; refused where they break a rule without the others.

    Where `approval.required` says so, save the plan with --out, have it approved, and `apply` it.
    """
    from recommender.journal.plan_file import plan_id
    from recommender.journal.recommendations import RecommendationState
    from recommender.report.console import message_console
    from recommender.report.plan_timeline import print_plan
    from recommender.service.approval import refuse_unsaved_plan
    from recommender.service.balancing.part_plan import saved_part
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    settings = settings_for(vcenter)
    if out is None:
        refuse_unsaved_plan(settings.approval)
    with journal_for_writing(vcenter.config) as journal:
        chosen = _open(journal, ids)
    with real_world(settings, os.environ, prompt()) as world:
        inventory = world.source.read()
        moves = [found.move for found in chosen]
        saved = saved_part(inventory, settings.policy, moves, author=person(), created_at=world.clock.now())
        if out is not None:
            return save_for_apply(out, saved)
        if not yes:
            print_plan(message_console(), inventory, saved.plan, world.clock.now())
        confirm(f"Start these {len(moves)} migrations now?", yes=yes)
        with journal_for_writing(vcenter.config) as journal:
            state, detail = RecommendationState.APPLIED, plan_id(saved)
            journal.recommendations.end(ids, state, by=person(), at=world.clock.now(), detail=detail)
        return carry_out_with_progress(saved, inventory, world, settings, output)


def _open(journal: "DatabaseJournal", ids: tuple[int, ...]) -> "list[Recommendation]":
    from recommender.errors import UnknownName

    standing = {found.id: found for found in journal.recommendations.open()}
    for number in ids:
        if number not in standing:
            raise UnknownName("recommendation that stands", str(number), [str(one) for one in standing])
    return [standing[number] for number in dict.fromkeys(ids)]
