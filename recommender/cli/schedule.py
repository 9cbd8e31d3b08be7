"""``schedule``: what the service does at set times: shown, run now, skipped."""

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import config_option, journal_for_writing, now, person, settings_of
from recommender.cli.options import output_option
from recommender.cli.running_service import ask_service, service_url

if TYPE_CHECKING:
    from recommender.journal.occurrences import OccurrenceState
    from recommender.journal.store import DatabaseJournal
    from recommender.settings.schedule import TimedSettings
    from recommender.settings.settings import Settings


@click.group()
def schedule() -> None:
    """Show what is done at set times, run it now, or skip its next time."""


@schedule.command("list")
@config_option
@output_option
def list_(config: Path | None, output: str) -> int:
    """Show every evacuation and schedule: when it is due next, and what became of its last time."""
    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.schedule import print_schedules
    from recommender.service.documents.schedule import schedules_document

    settings = settings_of(config)
    with open_read_only(settings.journal.url) as journal:
        document = schedules_document(settings, journal, now())
    if output == "json":
        click.echo(dumps(document))
    else:
        print_schedules(data_console(), document)
    return ExitCode.DONE


@schedule.command("next")
@click.argument("name", required=False)
@click.option("-n", "number", type=click.IntRange(min=1, max=1000), default=10, show_default=True, help="So many.")
@config_option
@output_option
def next_(name: str | None, number: int, config: Path | None, output: str) -> int:
    """Show the next times, of NAME or of all, in their time zone and in UTC."""
    from recommender.journal.store import open_read_only
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.schedule import print_times
    from recommender.service.documents.schedule import times_document

    settings = settings_of(config)
    chosen = _timed(settings) if name is None else (_named(settings, name),)
    with open_read_only(settings.journal.url) as journal:
        document = times_document(chosen, journal, now(), number)
    if output == "json":
        click.echo(dumps(document))
    else:
        print_times(data_console(), document)
    return ExitCode.DONE


@schedule.command()
@click.argument("name")
@config_option
def run(name: str, config: Path | None) -> None:
    """Let the service run NAME now, once, in a window that opens now; it needs a service that leads."""
    from recommender.journal.occurrences import OccurrenceState

    moment = _settle(name, config, OccurrenceState.ASKED, "asked for by a person")
    click.echo(f"{name}: asked for at {moment:%Y-%m-%d %H:%M:%S} UTC; see `recommender schedule list`", err=True)


@schedule.command()
@click.argument("name")
@click.option("--reason", default="", help="Kept with it.")
@config_option
def skip(name: str, reason: str, config: Path | None) -> None:
    """Do not run NAME at its next time; say it again for the one after."""
    from recommender.journal.occurrences import OccurrenceState

    moment = _settle(name, config, OccurrenceState.SKIPPED, reason)
    click.echo(f"{name}: its time {moment:%Y-%m-%d %H:%M} UTC is skipped", err=True)


def _settle(name: str, config: Path | None, state: "OccurrenceState", detail: str) -> datetime:
    from recommender.errors import UnknownName
    from recommender.journal.occurrences import OccurrenceState
    from recommender.service.set_times.due import job_of

    if (url := service_url()) is not None:
        path = "/run" if state is OccurrenceState.ASKED else "/skip"
        return datetime.fromisoformat(ask_service(url, path, {"name": name, "reason": detail})["due_at"])
    timed = _named(settings_of(config), name)
    with journal_for_writing(config) as journal:
        at = now()
        due = at if state == "asked" else _next_due(timed, journal, at)
        if due is None:
            raise UnknownName("schedule with a time to come", name)
        journal.occurrences.settle(job_of(timed), due, state, at, person(), detail)
    return due


def _next_due(timed: "TimedSettings", journal: "DatabaseJournal", at: datetime) -> datetime | None:
    from recommender.service.set_times.due import next_due

    return next(islice(next_due(timed, journal, at), 1), None)


def _timed(settings: "Settings") -> "tuple[TimedSettings, ...]":
    return (*settings.evacuation, *settings.schedule)


def _named(settings: "Settings", name: str) -> "TimedSettings":
    from difflib import get_close_matches

    from recommender.errors import UnknownName

    found = {timed.name: timed for timed in _timed(settings)}
    if name not in found:
        raise UnknownName("evacuation or schedule of the configuration", name, get_close_matches(name, found))
    return found[name]
