"""``plan --every``: the same moves over several windows, each with its date."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.planning.windows.calendar_split import CalendarSplit
    from recommender.planning.windows.split import Split
    from recommender.service.cycle import Decision
    from recommender.service.set_times.calendar import Calendar
    from recommender.settings.schedule import WindowSettings

CRON_FIELDS = 5


def window_settings(text: str, window_s: float) -> "WindowSettings":
    """Five cron fields and perhaps a time zone; anything else is a usage error."""
    from pydantic import ValidationError

    from recommender.settings.load import described
    from recommender.settings.schedule import WindowSettings

    parts = text.split()
    cron, zone = " ".join(parts[:CRON_FIELDS]), " ".join(parts[CRON_FIELDS:]) or "UTC"
    try:
        return WindowSettings(cron=cron, time_zone=zone, duration_minutes=max(1, round(window_s / 60)))
    except ValidationError as error:
        told = "; ".join(described(one) for one in error.errors())
        raise click.BadParameter(told, param_hint="--every") from error


def tell_windows(decision: "Decision", window_s: float, every: str, closed: Sequence[datetime], output: str) -> "Split":
    """Split the decision's moves, and tell each window with its date."""
    from recommender.constraints.registry import constraints_for
    from recommender.planning.windows.split import split_over_windows
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.names import Names
    from recommender.report.quantity_text import duration_text

    request = decision.request
    times = opens(every, window_s, request.inventory.taken_at, {day.date() for day in closed})
    rules = constraints_for(request.policy, evacuate=request.evacuate)
    split = split_over_windows(request.inventory, request.policy, decision.result.moves, rules, window_s, request.seed)
    dated = list(zip(islice(times, len(split.parts)), split.parts, strict=True))
    if output == "json":
        click.echo(dumps(_document(request.inventory, dated, split)))
        return split
    console, names = data_console(), Names(request.inventory)
    for number, (at, part) in enumerate(dated, start=1):
        console.print(
            f"window {number}   {at:%A %Y-%m-%d %H:%M %Z}: {len(part.plan.steps)} migrations, over in "
            f"{duration_text(part.plan.makespan_s)} (p95 {duration_text(part.answer.finish_p95_s)}), fits with "
            f"{100 * min(0.99, part.answer.probability):.0f} % probability or more",
            soft_wrap=True,
        )
        console.print(f"           {names.all_of(tuple(step.move.vm for step in part.plan.steps))}", soft_wrap=True)
    if split.left:
        told = names.all_of(tuple(move.vm for move in split.left))
        console.print(f"left       {told}: {split.reason}", soft_wrap=True)
    return split


def tell_calendar(decision: "Decision", calendar: "Calendar", output: str) -> "CalendarSplit":
    """Put the decision's moves into their VMs' own windows, and tell each part with its date."""
    from recommender.constraints.registry import constraints_for
    from recommender.planning.windows.calendar_split import MoveTimes, split_over_calendar
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.names import Names
    from recommender.report.quantity_text import duration_text

    request, inventory = decision.request, decision.request.inventory
    split = split_over_calendar(
        inventory,
        request.policy,
        decision.result.moves,
        constraints_for(request.policy, evacuate=request.evacuate),
        MoveTimes(
            open_until=lambda vm, at: calendar.open_until(inventory, vm, at),
            next_opening=lambda vm, at: calendar.next_opening(inventory, vm, at),
        ),
        inventory.taken_at,
        request.seed,
    )
    if output == "json":
        click.echo(dumps(_calendar_document(inventory, split)))
        return split
    console, names = data_console(), Names(inventory)
    for number, dated in enumerate(split.parts, start=1):
        part = dated.part
        console.print(
            f"part {number}     {_moment(dated.opens_at)}: {len(part.plan.steps)} migrations, over in "
            f"{duration_text(part.plan.makespan_s)} (p95 {duration_text(part.answer.finish_p95_s)}), fits with "
            f"{100 * min(0.99, part.answer.probability):.0f} % probability or more; the window closes at "
            f"{_moment(dated.closes_at)}, last start {_moment(dated.last_start_at)}",
            soft_wrap=True,
        )
        console.print(f"           {names.all_of(tuple(step.move.vm for step in part.plan.steps))}", soft_wrap=True)
    for move, reason in split.left:
        console.print(f"left       {names.of(move.vm)}: {reason}", soft_wrap=True)
    return split


def _moment(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M} UTC"


def _calendar_document(inventory: "Inventory", split: "CalendarSplit") -> dict[str, Any]:
    from recommender.report.json_document import move_document

    parts = [(dated.opens_at, dated.part) for dated in split.parts]
    windows = [
        window | {"closes_at": dated.closes_at.isoformat(), "last_start_at": dated.last_start_at.isoformat()}
        for window, dated in zip(_windows(inventory, parts), split.parts, strict=True)
    ]
    return {
        "format": "recommender-windows/1",
        "windows": windows,
        "left": [move_document(inventory, move) for move, _ in split.left],
        "left_reasons": [reason for _, reason in split.left],
        "reason": split.left[0][1] if split.left else "",
    }


def opens(every: str, window_s: float, after: datetime, closed: set[date]) -> "Iterator[datetime]":
    """When windows open after ``after``, in their own time zone; none on a ``closed`` day."""
    from recommender.service.set_times.due_times import due_times

    window = window_settings(every, window_s)

    zone = ZoneInfo(window.time_zone)
    return (at for at in (due.astimezone(zone) for due in due_times(window, after)) if at.date() not in closed)


def _document(inventory: "Inventory", dated: Sequence[tuple[datetime, Any]], split: "Split") -> dict[str, Any]:
    from recommender.report.json_document import move_document

    return {
        "format": "recommender-windows/1",
        "windows": _windows(inventory, dated),
        "left": [move_document(inventory, move) for move in split.left],
        "reason": split.reason,
    }


def _windows(inventory: "Inventory", dated: Sequence[tuple[datetime, Any]]) -> list[dict[str, Any]]:
    from recommender.report.json_document import plan_document
    from recommender.report.plan_window import window_document

    return [
        {
            "opens_at": at.isoformat(),
            **plan_document(inventory, part.plan),
            "window": window_document(inventory, part.answer),
        }
        for at, part in dated
    ]
