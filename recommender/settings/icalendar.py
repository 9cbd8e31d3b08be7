"""Whole-day events of an iCalendar file (RFC 5545): single days, spans, and those that come back every year.

Nothing else is understood, and what is not is refused: a holiday that is lost in silence lets migrations run on it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from recommender.errors import ConfigurationError

_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEARLY: Final = frozenset({"FREQ=YEARLY", "INTERVAL=1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDays:
    """From ``first`` for ``days`` days; ``is_yearly``: and in each year after that."""

    first: date
    days: int
    is_yearly: bool

    def contains(self, day: date) -> bool:
        """Whether ``day`` is one of them; 29 February comes in leap years alone."""
        for back in range(self.days):
            begins = day - timedelta(days=back)
            if begins == self.first:
                return True
            if self.is_yearly and begins > self.first and (begins.month, begins.day) == _in_the_year(self.first):
                return True
        return False


def read_whole_days(path: Path) -> tuple[WholeDays, ...]:
    """All events of the file. Raises ``ConfigurationError`` with every problem and its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{path} cannot be read", [told]) from error
    found, problems = [], []
    for number, event in _events(text):
        try:
            found.append(_whole_days(event))
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    if not found and not problems:
        problems.append("it has no VEVENT")
    if problems:
        raise ConfigurationError(f"{path} cannot be used", problems)
    return tuple(found)


def _events(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each event's properties by name, without their parameters, and the line at which it begins."""
    event: dict[str, str] | None = None
    began = 0
    for number, line in _unfolded(text):
        name, _, value = line.partition(":")
        name = name.partition(";")[0].upper()
        if line.upper() == "BEGIN:VEVENT":
            event, began = {}, number
        elif line.upper() == "END:VEVENT" and event is not None:
            yield began, event
            event = None
        elif event is not None:
            event.setdefault(name, value.strip())


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines that go on on the next one (RFC 5545, 3.1) as one."""
    number, whole = 0, ""
    for position, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t"):
            whole += line[1:]
            continue
        if whole:
            yield number, whole
        number, whole = position, line
    if whole:
        yield number, whole


def _whole_days(event: dict[str, str]) -> WholeDays:
    first = _day(event.get("DTSTART", ""))
    after = _day(event["DTEND"]) if "DTEND" in event else first + timedelta(days=1)
    if "DURATION" in event or "RDATE" in event:
        raise ValueError("only DTSTART, DTEND and RRULE:FREQ=YEARLY of an event are understood")
    rule = event.get("RRULE")
    if rule is not None and not set(rule.upper().split(";")) <= _YEARLY:
        raise ValueError(f"RRULE:{rule} is not understood, only FREQ=YEARLY is: list the dates")
    if after <= first:
        raise ValueError(f"it ends on {after}, before it begins")
    return WholeDays(first=first, days=(after - first).days, is_yearly=rule is not None)


def _day(text: str) -> date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a whole day such as 20261225")
    return date(*(int(part) for part in match.groups()))


def _in_the_year(day: date) -> tuple[int, int]:
    return day.month, day.day
