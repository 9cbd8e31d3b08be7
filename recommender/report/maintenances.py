"""Rolling maintenances as a person reads them: how far the turn of each host has come."""

from typing import Any

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.text import plain


def print_maintenances(console: Console, document: dict[str, Any]) -> None:
    """A table for each, with one row a host."""
    if not document["maintenances"]:
        console.print("no rolling maintenance yet")
    for one in document["maintenances"]:
        ended = f"ended {one['ended_at']}: {plain(one['detail'])}" if one["ended_at"] else "not ended"
        table = new_table(f"{one['id'][:12]} {plain(one['name'])}, begun {one['begun_at']} by {plain(one['author'])}")
        for header in ("host", "wave", "state", "since", "detail"):
            table.add_column(header, overflow="fold")
        for host in one["hosts"]:
            wave = "" if host["wave"] is None else str(host["wave"])
            table.add_row(host["host"], wave, host["state"], host["changed_at"] or "", plain(host["detail"]))
        console.print(table)
        console.print(ended, soft_wrap=True)
