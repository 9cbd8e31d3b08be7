"""Whether a new end of a whole undertaking is worth saying, and in which words."""

from datetime import datetime
from typing import Final

from recommender.report.quantity_text import duration_text
from recommender.service.promise import LATER_BY, WORTH_SAYING
from recommender.service.promises.expected import End, Expected

ESTIMATED: Final = "estimated by the plan made when it began, while what comes next is decided afresh each time"


def change_told(what: str, said: End, expected: Expected) -> str:
    """What is to be told of ``what`` where its end was ``said`` to be another; empty if it is not worth it."""
    now, end = expected.looked_at, expected.end
    if end.ends_at is None:
        if said.ends_at is None and said.reason == end.reason:
            return ""
        left = f"about {duration_text(expected.left_s)} of it is left"
        return f"when {what} is over is not known: {end.reason}; {left}"
    if said.ends_at is None:
        latest = f" (p95 {clock_text(expected.p95_at, now)})" if expected.p95_at else ""
        return (
            f"{what} is to be over at {clock_text(end.ends_at, now)} UTC{latest}{_window(end, said, now)}, {ESTIMATED}"
        )
    worth = max(WORTH_SAYING, LATER_BY * (said.ends_at - now))
    if abs(end.ends_at - said.ends_at) < worth and end.window_opens_at == said.window_opens_at:
        return ""
    times = f"{clock_text(said.ends_at, now)} → {clock_text(end.ends_at, now)} UTC"
    return f"the finish of {what} moves {times}{_window(end, said, now)}"


def clock_text(at: datetime, now: datetime) -> str:
    """The time of day, with the day where that is not today's."""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%a %Y-%m-%d %H:%M}"


def _window(end: End, said: End, now: datetime) -> str:
    if end.ends_at is None or end.window_closes_at is None or end.window_opens_at is None:
        return ""
    if end.ends_at > end.window_closes_at:
        return f", beyond the window, which ends at {clock_text(end.window_closes_at, now)}"
    if end.window_opens_at <= now:
        return (
            f", {'still ' if said.ends_at else ''}in the window, which ends at {clock_text(end.window_closes_at, now)}"
        )
    still = "still " if said.window_opens_at == end.window_opens_at else ""
    return f", {still}in the window that opens {clock_text(end.window_opens_at, now)}"
