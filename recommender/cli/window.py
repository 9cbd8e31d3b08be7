"""The options that ``plan`` and ``evacuate`` share: how long a plan may take, and its page for a browser."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DURATION = re.compile(r"(?:(\d+)h)?\s*(?:(\d+)m(?:in)?)?\s*(?:(\d+)s)?")
LONGEST_S = 8784 * 3600.0  # of 366 days
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def window_options(command: _Command) -> _Command:
    """Adds the options; the command gets ``window_of``, from the plan's start to the window's seconds or ``None``."""

    @wraps(command)
    def with_options(**arguments: Any) -> Any:
        window, done_by, zone = (arguments.pop(name) for name in ("window", "done_by", "time_zone"))
        if window is not None and done_by is not None:
            raise click.UsageError("give --window or --done-by, not both")
        length_s = None if window is None else duration_s(window)
        if done_by is not None:
            clock, place = clock_time(done_by), time_zone_named(zone)
            return command(window_of=lambda starts_at: seconds_until(clock, place, starts_at), **arguments)
        return command(window_of=lambda _: length_s, **arguments)

    decorated: Any = with_options
    for option in (
        click.option("--time-zone", default="UTC", show_default=True, metavar="NAME", help="Of --done-by (IANA)."),
        click.option("--done-by", metavar="HH:MM", help="Ask whether all is over by then, started now."),
        click.option("--window", metavar="2h30m", help="Ask whether all is over in this time."),
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command's own type


def html_option(command: _Command) -> _Command:
    """Adds ``--html FILE`` as ``html``."""
    return click.option(
        "--html", type=click.Path(path_type=Path, dir_okay=False), help="File for the timeline as one web page."
    )(command)


def duration_s(text: str, option: str = "--window") -> float:
    """``2h``, ``90m``, ``1h30m`` in seconds; anything else, and more than a year, is a usage error of ``option``."""
    found = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total_s = 3600.0 * hours + 60.0 * minutes + seconds
    if total_s <= 0:
        raise click.BadParameter(f"{text!r} is not a time such as 2h, 90m or 1h30m", param_hint=option)
    if total_s > LONGEST_S:
        raise click.BadParameter(f"{text!r} is longer than a year (8784h)", param_hint=option)
    return total_s


def clock_time(text: str) -> time:
    """``04:00``; anything else is a usage error."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise click.BadParameter(f"{text!r} is not a time of day such as 04:00", param_hint="--done-by")
    return time(int(found[1]), int(found[2]))


def time_zone_named(name: str) -> ZoneInfo:
    """An IANA time zone; anything else is a usage error."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(
            f"{name!r} is not an IANA time zone such as Europe/Berlin", param_hint="--time-zone"
        ) from error


def seconds_until(clock: time, zone: ZoneInfo, starts_at: datetime) -> float:
    """Real seconds from ``starts_at`` (aware) to the next time that clocks in ``zone`` show ``clock``.

    A night with a change of clocks is an hour shorter or longer; of a time shown twice the first counts.
    """
    local = starts_at.astimezone(zone)
    for days in (0, 1):
        due = datetime.combine(local.date() + timedelta(days=days), clock, tzinfo=zone).astimezone(UTC)
        if due > starts_at:
            break
    return (due - starts_at).total_seconds()
