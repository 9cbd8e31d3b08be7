"""Campaigns as a person reads them: batch after batch."""

from typing import Any

from rich.console import Console
from rich.table import Table

from recommender.report.campaign_head import begun_line, ended_line
from recommender.report.console import new_table
from recommender.report.promise import print_promise
from recommender.report.quantity_text import minute_text
from recommender.report.text import plain


def print_batches(console: Console, document: dict[str, Any]) -> None:
    """A table for each campaign, with one row a batch."""
    if not document["campaigns"]:
        console.print("no campaign yet")
    for one in document["campaigns"]:
        console.print(begun_line(one), soft_wrap=True)
        if one["batches"]:
            console.print(_table(one["batches"]))
        print_promise(console, one, "window")
        console.print(ended_line(one), soft_wrap=True)


def _table(batches: list[dict[str, Any]]) -> Table:
    table = new_table()
    for header in ("batch", "plan", "begun", "ended", "outcome"):
        table.add_column(header, overflow="fold", no_wrap=header != "outcome")
    for batch in batches:
        ended = minute_text(batch["ended_at"]) if batch["ended_at"] else "not ended"
        begun = minute_text(batch["begun_at"])
        table.add_row(str(batch["number"]), batch["plan_id"][:12], begun, ended, plain(batch["detail"]))
    return table
