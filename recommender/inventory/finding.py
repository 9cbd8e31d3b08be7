"""Something that was looked at, how it stands, and what a person should do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NAMED_AT_MOST: Final = 5


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # it works, but not as it should
    ERROR = "error"  # something that was asked for cannot work


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``area``: what was looked at (``clock``); ``subject``: of what; ``remedy``: what to do, empty if nothing."""

    severity: Severity
    area: str
    subject: str
    told: str
    remedy: str = ""


def named(names: Iterable[str]) -> str:
    """The first names in their order, and how many more there are."""
    listed = sorted(set(names))
    more = f" and {len(listed) - NAMED_AT_MOST} more" if len(listed) > NAMED_AT_MOST else ""
    return ", ".join(listed[:NAMED_AT_MOST]) + more
