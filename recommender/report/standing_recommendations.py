"""The service's recommendations with their lives, as a table."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.names import name_in
from recommender.report.quantity_text import duration_text, minute_text
from recommender.report.status import PLAN_DIGITS
from recommender.report.text import plain


def print_recommendations(console: Console, document: Mapping[str, Any]) -> None:
    """One row each."""
    if not document["recommendations"]:
        console.print("nothing is recommended")
        return
    table = new_table("Recommendations")
    for header in ("id", "VM", "from", "to", "reason", "priority", "rounds", "since", "predicted", "state"):
        table.add_column(header, overflow="fold", no_wrap=header in ("id", "since"))
    for found in document["recommendations"]:
        table.add_row(
            str(found["id"]),
            *(name_in(document, ref) for ref in (found["vm"]["ref"], found["source"], found["destination"])),
            found["reason"],
            str(found["priority"]),
            str(found["rounds"]),
            minute_text(found["first_at"]),
            duration_text(found["duration_p50_s"]),
            plain(_end(found)),
        )
    console.print(table)


def _end(found: Mapping[str, Any]) -> str:
    detail = found["detail"] or ""
    if found["state"] == "applied":
        detail = f"plan {detail[:PLAN_DIGITS]}"
    by = f"by {found['ended_by']}" if found["ended_by"] else ""
    return " ".join(part for part in (found["state"], by, detail) if part)
