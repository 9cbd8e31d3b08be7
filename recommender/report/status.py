"""What the journal knows, as tables: the last plans, the steps of the latest, what is open, the last cycles."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.names import name_in
from recommender.report.quantity_text import duration_text, second_text
from recommender.report.text import plain

PLAN_DIGITS: Final = 12  # of a plan's id: enough to tell plans apart
MISSING: Final = "–"


def print_status(console: Console, document: Mapping[str, Any]) -> None:
    """Print a status document, the latest first."""
    if not document["has_journal"]:
        console.print("there is no journal yet: nothing was carried out")
        return
    for found in document.get("leaders") or [{"vcenter": None, "holder": document["leader"]}]:
        where = f" in {plain(found['vcenter'])}" if found["vcenter"] else ""
        console.print(f"leader{where:<4} {plain(found['holder'] or 'no service runs')}")
    for name, cycle in (("last poll", document["last_poll"]), ("decided", document["last_decision"])):
        if cycle is not None:
            console.print(f"{name:<10} {_moment(cycle['at'])}  {plain(cycle['status'])}", soft_wrap=True)
    if document["last_reload"] is not None:
        reload = document["last_reload"]
        told = f"{_moment(reload['at'])}  {plain(reload['status'])}: {plain(reload['detail'])}"
        console.print(f"reload     {told}", soft_wrap=True)
    for found in document["next"]:
        skipped = " (skipped)" if found["is_skipped"] else ""
        local = f"{found['local']}, {_moment(found['due_at'])}{skipped}"
        console.print(f"next       {plain(found['name'])}: {local}", soft_wrap=True)
    for reason in document["idle"]:
        console.print(f"idle       {plain(reason)}", soft_wrap=True)
    _print_plans(console, document["plans"])
    if document["plans"]:
        _print_steps(console, document, document["plans"][0])
    _print_open(console, document)
    for one in document.get("open_settings", ()):
        told = "settings of its old cluster are still to be made where it comes to"
        console.print(
            f"open       {name_in(document, one['vm']['ref'])}: {told} ({name_in(document, one['destination'])})",
            soft_wrap=True,
        )
    _print_cycles(console, document["cycles"])


def _print_plans(console: Console, plans: list[Mapping[str, Any]]) -> None:
    if not plans:
        console.print("no plan was carried out yet")
        return
    table = new_table("Plans, latest first")
    for header in ("plan", "author", "begun", "ended", "steps"):
        table.add_column(header, overflow="fold", no_wrap=header in ("plan", "begun", "ended"))
    for plan in plans:
        counts = ", ".join(f"{number} {state}" for state, number in plan["step_counts"].items())
        table.add_row(
            plan["plan_id"][:PLAN_DIGITS],
            (plain(plan["author"]) or MISSING) + _attempt(plan),
            _moment(plan["begun_at"]),
            _moment(plan["ended_at"]),
            counts or MISSING,
        )
    console.print(table)


def _attempt(plan: Mapping[str, Any]) -> str:
    if plan["attempt"] == 1:
        return ""
    return f" (attempt {plan['attempt']} at what {plan['first_plan_id'][:PLAN_DIGITS]} failed at)"


def _print_steps(console: Console, document: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    table = new_table(f"Steps of {plan['plan_id'][:PLAN_DIGITS]}")
    for header in ("step", "VM", "from", "to", "state", "predicted", "p95", "actual", "detail"):
        is_number = header in ("step", "predicted", "p95", "actual")
        table.add_column(header, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for step in plan["steps"]:
        table.add_row(
            str(step["number"]),
            *(name_in(document, ref) for ref in (step["vm"]["ref"], step["source"], step["destination"])),
            step["state"],
            duration_text(step["predicted_p50_s"]),
            duration_text(step["predicted_p95_s"]),
            MISSING if step["duration_s"] is None else duration_text(step["duration_s"]),
            "" if step["state"] == "done" else plain(step["detail"] or ""),
        )
    console.print(table)


def _print_open(console: Console, document: Mapping[str, Any]) -> None:
    for step in document["open_steps"]:
        console.print(
            f"open       step {step['number']} of {step['plan_id'][:PLAN_DIGITS]} is {step['state']}: "
            f"{name_in(document, step['vm']['ref'])} to {name_in(document, step['destination'])}, "
            f"sent {_moment(step['intended_at'])}"
            + ("" if step["progress_percent"] is None else f", {step['progress_percent']} %")
        )


def _print_cycles(console: Console, cycles: list[Mapping[str, Any]]) -> None:
    if not cycles:
        return
    table = new_table("Cycles, latest first")
    for header in ("at", "kind", "status", "detail"):
        table.add_column(header, overflow="fold", no_wrap=header == "at")
    for cycle in cycles:
        table.add_row(_moment(cycle["at"]), plain(cycle["kind"]), plain(cycle["status"]), plain(cycle["detail"]))
    console.print(table)


def _moment(text: str | None) -> str:
    return second_text(text) if text else MISSING
