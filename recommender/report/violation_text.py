"""Broken places as lines, the same wherever they are told."""

from collections.abc import Iterator, Sequence

from recommender.constraints.base import Violation
from recommender.report.names import Names
from recommender.report.text import plain

MOST_LINES = 20
MOST_HOSTS = 5


def violation_lines(names: Names, violations: Sequence[Violation], most: int = MOST_LINES) -> Iterator[str]:
    """One line for each; beyond ``most`` only their number."""
    for violation in violations[:most]:
        where = f" on {names.of(violation.host)}" if violation.host else ""
        rule = f" {plain(violation.rule)!r}" if violation.rule else ""
        yield f"  {violation.constraint}{rule}{where} ({names.all_of(violation.vms)}): {plain(violation.reason)}"
    if len(violations) > most:
        yield f"  and {len(violations) - most} more"


def rejection_lines(names: Names, rejections: Sequence[Violation]) -> Iterator[str]:
    """Hosts (or datastores) that refuse for the same reason in one line."""
    alike: dict[str, list[str]] = {}
    for rejection in rejections:
        rule = f" {plain(rejection.rule)!r}" if rejection.rule else ""
        refused = rejection.datastore or rejection.host
        where = names.of(refused) if refused else "any host"
        alike.setdefault(f"{rejection.constraint}{rule}: {plain(rejection.reason)}", []).append(where)
    for told, hosts in alike.items():
        more = f" and {len(hosts) - MOST_HOSTS} more" if len(hosts) > MOST_HOSTS else ""
        yield f"{', '.join(hosts[:MOST_HOSTS])}{more}: {told}"
