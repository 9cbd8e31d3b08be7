"""Numbers as people read them: durations, sizes, shares."""

from datetime import datetime

from recommender.quantities import MIB_PER_GIB, SECONDS_PER_MINUTE

MINUTES_PER_HOUR = 60


def duration_text(seconds: float) -> str:
    """``4.2 s``, ``3:07 min``, ``2:05 h``."""
    if round(seconds, 1) < SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), SECONDS_PER_MINUTE)
    if minutes < MINUTES_PER_HOUR:
        return f"{minutes}:{rest:02d} min"
    hours, minutes = divmod(minutes, MINUTES_PER_HOUR)
    return f"{hours}:{minutes:02d} h"


def clock_text(seconds: float) -> str:
    """Time on a timeline: ``0:00:04``."""
    minutes, rest = divmod(round(seconds), SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, MINUTES_PER_HOUR)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def size_text(mib: float) -> str:
    """``512 MiB`` or ``7.8 GiB``."""
    return f"{mib:.0f} MiB" if mib < MIB_PER_GIB else f"{mib / MIB_PER_GIB:.1f} GiB"


def share_text(share: float | None) -> str:
    """``12.3 %``, or a dash where it is unknown."""
    return "–" if share is None else f"{100 * share:.1f} %"


def counted_text(number: int, what: str) -> str:
    """``1 host``, ``1,200 hosts``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def minute_text(moment: str) -> str:
    """An ISO 8601 time in UTC to the minute."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def second_text(moment: str) -> str:
    """An ISO 8601 time in UTC to the second."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S} UTC"


def proven_text(seconds: float, bound_s: float) -> str:
    """How far a plan that takes ``seconds`` may be from the shortest, of which only ``bound_s`` is proven."""
    less = f"{share_text(1 - bound_s / seconds)} less" if bound_s < seconds * (1 - 1e-6) else "so this is the shortest"
    return f"no order of its steps is shorter than {duration_text(bound_s)}, {less}"
