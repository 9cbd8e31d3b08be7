"""Campaigns as a person reads them: batch after batch."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from recommender.report.console import new_table
from recommender.report.text import plain


def print_batches(console: Console, document: dict[str, Any]) -> None:
    """A table for each campaign, with one row a batch."""
    if not document["campaigns"]:
        console.print("no campaign yet")
    for one in document["campaigns"]:
        begun = f"begun {_time(one['begun_at'])} UTC by {plain(one['author'])}"
        console.print(f"{one['id'][:12]} {plain(one['name'])}, {begun}", soft_wrap=True)
        if one["batches"]:
            console.print(_table(one["batches"]))
        told = f"ended {_time(one['ended_at'])} UTC: {plain(one['detail'])}" if one["ended_at"] else "not ended"
        console.print(told, soft_wrap=True)


def _table(batches: list[dict[str, Any]]) -> Table:
    table = new_table(None)
    for header in ("batch", "plan", "begun", "ended", "outcome"):
        table.add_column(header, overflow="fold")
    for batch in batches:
        ended = _time(batch["ended_at"]) if batch["ended_at"] else "not ended"
        begun = _time(batch["begun_at"])
        table.add_row(str(batch["number"]), batch["plan_id"][:12], begun, ended, plain(batch["detail"]))
    return table


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
