"""What was migrated, as a table, oldest first."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.names import name_in
from recommender.report.quantity_text import duration_text, second_text
from recommender.report.status import MISSING, PLAN_DIGITS
from recommender.report.text import plain


def print_history(console: Console, document: Mapping[str, Any]) -> None:
    """One row a migration, with what was predicted next to what it took."""
    if not document["moves"]:
        console.print("nothing was migrated in this time")
        return
    table = new_table("Migrations, oldest first")
    for header in ("ended", "VM", "from", "to", "predicted", "actual", "plan", "by"):
        is_number = header in ("predicted", "actual")
        table.add_column(header, justify="right" if is_number else "left", overflow="fold", no_wrap=header == "ended")
    for move in document["moves"]:
        table.add_row(
            second_text(move["ended_at"]),
            *(name_in(document, address) for address in (move["vm"], move["source"], move["destination"])),
            duration_text(move["predicted_p50_s"]),
            MISSING if move["duration_s"] is None else duration_text(move["duration_s"]),
            move["plan_id"][:PLAN_DIGITS],
            plain(move["author"]) or MISSING,
        )
    console.print(table)
