"""What would be, if: as a person or a program reads it."""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console

from recommender.placement.what_if import Change, WhatIf
from recommender.report.comparison import comparison_table
from recommender.report.conflict import diagnosis_document
from recommender.report.json_document import entity_document, recommendation_document, violation_document
from recommender.report.names import Names
from recommender.report.recommendation import print_recommendation
from recommender.report.text import plain
from recommender.report.violation_text import violation_lines

WHAT_IF_FORMAT: Final = "recommender-what-if/1"
MOST_STRANDED: Final = 10


def print_what_if(console: Console, change: Change, answer: WhatIf) -> None:
    """The change, before and after side by side, what breaks, and what to do then."""
    inventory = answer.changed_question.inventory
    names = Names(inventory)
    console.print(f"What if: {'; '.join(_told(names, change))}", soft_wrap=True)
    console.print(comparison_table(("now", "what if"), (answer.before, answer.after)))
    if answer.stranded:
        told = names.all_of(answer.stranded[:MOST_STRANDED])
        rest = len(answer.stranded) - MOST_STRANDED
        more = f" and {rest} more" if rest > 0 else ""
        console.print(
            f"\n{len(answer.stranded)} running VMs have to be started elsewhere: {told}{more}", soft_wrap=True
        )
    console.print("\nIt breaks:" if answer.breaks else "\nIt breaks no rule.")
    for line in violation_lines(names, answer.breaks):
        console.print(line, soft_wrap=True)
    console.print("\nWhat to do then:\n")
    print_recommendation(console, inventory, answer.after, answer.diagnosis)


def what_if_document(change: Change, answer: WhatIf) -> dict[str, Any]:
    """The same as JSON: ``before`` and ``after`` are recommendations, each of its own inventory."""
    before, after = answer.question.inventory, answer.changed_question.inventory
    return {
        "format": WHAT_IF_FORMAT,
        "taken_at": before.taken_at.isoformat(),
        "change": {
            "lost_hosts": [entity_document(after, host) for host in change.lost_hosts],
            "added_hosts": [entity_document(after, host.ref) for host in change.added_hosts],
            "without_rules": list(change.without_rules),
            "demand_percent": change.demand_percent,
        },
        "stranded": [entity_document(before, vm) for vm in answer.stranded],
        "breaks": [violation_document(after, violation) for violation in answer.breaks],
        "before": recommendation_document(before, answer.before),
        "after": recommendation_document(after, answer.after) | diagnosis_document(after, answer.diagnosis),
    }


def _told(names: Names, change: Change) -> Iterator[str]:
    if change.lost_hosts:
        yield f"{names.all_of(change.lost_hosts)} lost"
    if change.added_hosts:
        yield f"{', '.join(plain(host.name) for host in change.added_hosts)} added"
    if change.without_rules:
        yield f"without {', '.join(map(plain, change.without_rules))}"
    if change.demand_percent:
        yield f"demand {change.demand_percent:+g} %"
