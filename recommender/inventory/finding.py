"""Something that was looked at, how it stands, and what a person should do about it."""

from dataclasses import dataclass
from enum import StrEnum


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
