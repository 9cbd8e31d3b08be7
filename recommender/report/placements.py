"""Where VMs are to be placed, as a person or a program reads it."""

from typing import Any, Final

from rich.console import Console

from recommender.placement.place import PlaceAnswer, PlacedVm
from recommender.report.conflict import conflict_lines, diagnosis_document
from recommender.report.console import new_table
from recommender.report.json_document import entity_document, recommendation_document
from recommender.report.names import Names
from recommender.report.recommendation import summary_lines
from recommender.report.violation_text import rejection_lines, violation_lines

PLACEMENTS_FORMAT: Final = "recommender-placements/1"


def print_placements(console: Console, answer: PlaceAnswer) -> None:
    """A row for each VM, what it means for the fleet, and why some find no place."""
    inventory, result = answer.question.inventory, answer.result
    names = Names(inventory)
    table = new_table("Places")
    for header in ("VM", "", "host", "datastores"):
        table.add_column(header, overflow="fold")
    for placed in answer.placed:
        stores = ", ".join("none fits" if store is None else names.of(store) for store in placed.datastores)
        host = "none" if placed.host is None else names.of(placed.host)
        table.add_row(names.of(placed.vm), _what(answer, placed), host, stores or "–")
    console.print(table)
    console.print()
    for line in summary_lines(inventory, result):
        console.print(line)
    for unplaceable in result.unplaceable:
        console.print(f"\n{names.of(unplaceable.vm)} finds no host:")
        for line in rejection_lines(names, unplaceable.rejections):
            console.print(f"  X {line}", soft_wrap=True)
    others = [broken for broken in result.remaining_violations if broken.constraint != "evacuated_host"]
    if others:
        console.print("\nThis would break:")
        for line in violation_lines(names, others):
            console.print(line, soft_wrap=True)
    if answer.diagnosis is not None:
        console.print()
        for line in conflict_lines(names, answer.diagnosis.conflict, answer.diagnosis.relaxations):
            console.print(line, soft_wrap=True)


def placements_document(answer: PlaceAnswer) -> dict[str, Any]:
    """The same as JSON."""
    inventory = answer.question.inventory
    return {
        "format": PLACEMENTS_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "placements": [
            {
                "vm": entity_document(inventory, placed.vm),
                "is_new": placed.is_new,
                "host": entity_document(inventory, placed.host) if placed.host else None,
                "datastores": [entity_document(inventory, store) if store else None for store in placed.datastores],
            }
            for placed in answer.placed
        ],
        "recommendation": recommendation_document(inventory, answer.result)
        | diagnosis_document(inventory, answer.diagnosis),
    }


def _what(answer: PlaceAnswer, placed: PlacedVm) -> str:
    if placed.is_new:
        return "new"
    return "stays" if answer.question.inventory.vm(placed.vm).host == placed.host else "moves"
