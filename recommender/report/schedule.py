"""What is done at set times, as tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.text import plain

MISSING: Final = "–"


def print_schedules(console: Console, document: Mapping[str, Any]) -> None:
    """One row each."""
    if not document["schedules"]:
        console.print("the configuration has no [[schedule]] and no [[evacuation]]")
        return
    table = new_table("Schedules")
    for header in ("name", "kind", "cron", "next (local)", "next (UTC)", "last", "what became of it"):
        table.add_column(header, overflow="fold", no_wrap=header.startswith("next"))
    for found in document["schedules"]:
        due, last = found["next"], found["last"]
        table.add_row(
            plain(found["name"]),
            found["kind"] + (" (dry run)" if found["dry_run"] else ""),
            found["cron"] or "once",
            due["local"] + (" (skipped)" if due["is_skipped"] else "") if due else MISSING,
            _moment(due["due_at"]) if due else MISSING,
            _moment(last["due_at"]) if last else MISSING,
            plain(f"{last['state']} {last['detail'] or ''}".rstrip()) if last else MISSING,
        )
    console.print(table)


def print_times(console: Console, document: Mapping[str, Any]) -> None:
    """One row a time."""
    table = new_table("Next times")
    for header in ("name", "local", "zone", "UTC", "starts (UTC)", "window ends (UTC)", ""):
        table.add_column(header, no_wrap=True)
    for found in document["times"]:
        table.add_row(
            plain(found["name"]),
            found["local"],
            found["time_zone"],
            _moment(found["due_at"]),
            f"{datetime.fromisoformat(found['starts_at']):%H:%M:%S}",
            _moment(found["window_ends_at"]),
            "skipped" if found["is_skipped"] else "",
        )
    console.print(table)


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
