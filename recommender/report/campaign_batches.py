"""Campaigns as a person reads them: batch after batch."""

from typing import Any

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.text import plain


def print_batches(console: Console, document: dict[str, Any]) -> None:
    """A table for each campaign, with one row a batch."""
    if not document["campaigns"]:
        console.print("no campaign yet")
    for one in document["campaigns"]:
        table = new_table(f"{one['id'][:12]} {plain(one['name'])}, begun {one['begun_at']} by {plain(one['author'])}")
        for header in ("batch", "plan", "begun", "ended", "outcome"):
            table.add_column(header, overflow="fold")
        for batch in one["batches"]:
            ended = batch["ended_at"] or "not ended"
            table.add_row(str(batch["number"]), batch["plan_id"][:12], batch["begun_at"], ended, plain(batch["detail"]))
        console.print(table)
        told = f"ended {one['ended_at']}: {plain(one['detail'])}" if one["ended_at"] else "not ended"
        console.print(told, soft_wrap=True)
