"""When balancing may act: within its windows, outside its blackouts, and never so that a move runs out of them."""

from datetime import datetime

from recommender.service.set_times.due_times import due_times, open_until
from recommender.settings.automation import AutomationSettings


def acting_until(settings: AutomationSettings, now: datetime) -> datetime | str | None:
    """Until when moves may run that start now, ``None`` for no end; a text says why none may start."""
    for blackout in settings.blackout:
        if (ends := open_until(blackout, now)) is not None:
            return f"a blackout lasts until {ends:%Y-%m-%d %H:%M} UTC"
    closes = [end for window in settings.window if (end := open_until(window, now)) is not None]
    if settings.window and not closes:
        opens = min(next(due_times(window, now)) for window in settings.window)
        return f"the next window opens at {opens:%Y-%m-%d %H:%M} UTC"
    limits = [next(due_times(blackout, now)) for blackout in settings.blackout]
    return min((*limits, *((max(closes),) if closes else ())), default=None)
