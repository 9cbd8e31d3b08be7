"""What others moved, next to what the service wanted at that time: the report of shadow mode."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.names import name_in
from recommender.report.quantity_text import minute_text


def print_comparison(console: Console, document: Mapping[str, Any]) -> None:
    """The counts in words, then one row a move."""
    lives = ", ".join(f"{number} {state}" for state, number in document["recommendations_by_state"].items())
    console.print(f"{document['recommendations']} moves were recommended{f': {lives}' if lives else ''}")
    counts = ", ".join(f"{number} {verdict}" for verdict, number in document["moves_by_verdict"].items())
    console.print(f"others made {document['moves_of_others']} moves while the service looked: {counts}")
    if not document["moves"]:
        return
    table = new_table("Moves of others")
    for header in ("seen", "VM", "from", "to", "recommended", "verdict"):
        table.add_column(header, overflow="fold", no_wrap=header == "seen")
    for move in document["moves"]:
        places = (move["vm"]["ref"], move["source"], move["destination"], move["recommended"] or "–")
        table.add_row(minute_text(move["at"]), *(name_in(document, place) for place in places), move["verdict"])
    console.print(table)
