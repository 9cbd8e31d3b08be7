"""Rolling maintenances as a person reads them: how far the turn of each host has come."""

from typing import Any

from rich.console import Console

from recommender.report.campaign_head import begun_line, ended_line
from recommender.report.console import new_table
from recommender.report.names import name_in
from recommender.report.promise import print_promise
from recommender.report.quantity_text import minute_text
from recommender.report.text import plain


def print_maintenances(console: Console, document: dict[str, Any]) -> None:
    """A table for each, with one row a host."""
    if not document["maintenances"]:
        console.print("no rolling maintenance yet")
    for one in document["maintenances"]:
        console.print(begun_line(one), soft_wrap=True)
        table = new_table()
        for header in ("host", "wave", "state", "since", "detail"):
            table.add_column(header, overflow="fold", no_wrap=header in ("wave", "state", "since"))
        for host in one["hosts"]:
            wave = "" if host["wave"] is None else str(host["wave"])
            since = minute_text(host["changed_at"]) if host["changed_at"] else ""
            table.add_row(name_in(document, host["host"]), wave, host["state"], since, plain(host["detail"]))
        console.print(table)
        print_promise(console, one, "wave")
        console.print(ended_line(one), soft_wrap=True)
