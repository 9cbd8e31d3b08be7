"""Broken places as lines, the same wherever they are told."""

from collections.abc import Iterator, Sequence

from recommender.constraints.base import Violation
from recommender.report.names import Names
from recommender.report.text import plain

MOST_LINES = 20


def violation_lines(names: Names, violations: Sequence[Violation], most: int = MOST_LINES) -> Iterator[str]:
    """One line for each; beyond ``most`` only their number."""
    for violation in violations[:most]:
        where = f" on {names.of(violation.host)}" if violation.host else ""
        rule = f" {plain(violation.rule)!r}" if violation.rule else ""
        yield f"  {violation.constraint}{rule}{where} ({names.all_of(violation.vms)}): {plain(violation.reason)}"
    if len(violations) > most:
        yield f"  and {len(violations) - most} more"
