"""How wide an interval is, from its parts: what each of them adds to p95 where it alone goes wrong."""

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

WORTH_TELLING = 0.02  # of the whole width


class WidthPart(NamedTuple):
    """``extra_s``: how far ``what`` alone brings p95 above p50."""

    what: str
    extra_s: float


def combined_s(parts: Sequence[WidthPart]) -> float:
    """All of them together: independent errors add up as squares do, since they rarely go wrong at once."""
    return hypot(*(part.extra_s for part in parts))


def width_reason(parts: Sequence[WidthPart]) -> str:
    """In words, the widest first; parts that hardly count are left out."""
    whole = combined_s(parts)
    if whole <= 0:
        return "nothing in it is uncertain"
    told = sorted((part for part in parts if part.extra_s > WORTH_TELLING * whole), key=lambda part: -part.extra_s)
    return f"p95 is {whole:.1f} s above p50: " + ", ".join(f"{part.extra_s:.1f} s for {part.what}" for part in told)
