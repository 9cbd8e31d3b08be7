"""How a hook ended, and how much of what it said is told."""

from dataclasses import dataclass
from typing import Final

TOLD_AT_MOST: Final = 300  # characters of what a hook said


@dataclass(frozen=True, slots=True, kw_only=True)
class HookOutcome:
    """Whether the hook succeeded; ``detail`` tells why not, or what it said last."""

    succeeded: bool
    detail: str


def last_line(said: bytes) -> str:
    """The last line that is not empty, cut; ``""`` if there is none."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip()[:TOLD_AT_MOST] if lines else ""
