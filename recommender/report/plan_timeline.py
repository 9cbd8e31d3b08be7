"""A plan as a person reads it: when each migration starts and ends, and how sure the end is."""

from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan
from recommender.report.console import new_table
from recommender.report.fitted_table import fits, print_fitted
from recommender.report.move_ends import move_destination, move_source
from recommender.report.names import Names
from recommender.report.quantity_text import clock_text, duration_text, proven_text

BAR_WIDTH = 24
NARROW_BAR_WIDTH = 12


def print_plan(console: Console, inventory: Inventory, plan: Plan, starts_at: datetime | None = None) -> None:
    """Print one row a step with a bar on the common time axis; dated when ``starts_at`` (aware) is given."""
    if plan.steps:
        table = _timeline(inventory, plan, starts_at, BAR_WIDTH)
        if not fits(console, table):
            table = _timeline(inventory, plan, starts_at, NARROW_BAR_WIDTH)
        print_fitted(console, table, ("after", "from"))
        console.print(
            f"makespan   {duration_text(plan.makespan_s)} (p95 {duration_text(plan.makespan_p95_s)}, "
            f"{proven_text(plan.makespan_s, plan.makespan_lower_bound_s)})"
        )
    names = Names(inventory)
    for blocked in plan.blocked:
        console.print(f"blocked    {names.all_of(tuple(move.vm for move in blocked.moves))}: {blocked.reason}")


def _timeline(inventory: Inventory, plan: Plan, starts_at: datetime | None, bar_width: int) -> Table:
    names = Names(inventory)
    table = new_table("Plan" if starts_at is None else f"Plan, starting {starts_at:%Y-%m-%d %H:%M:%S %Z}")
    for header in ("step", "start", "end", "VM", "from", "to", "after", ""):
        table.add_column(header, overflow="fold", no_wrap=header in ("step", "start", "end", ""))
    for step in plan.steps:
        table.add_row(
            str(step.number),
            _moment(step.start_s, starts_at),
            _moment(step.end_s, starts_at),
            names.of(step.move.vm),
            move_source(names, step.move),
            move_destination(names, step.move),
            ", ".join(str(number) for number in step.depends_on),
            bar(step.start_s, step.end_s, plan.makespan_s, bar_width),
        )
    return table


def bar(start_s: float, end_s: float, makespan_s: float, width: int = BAR_WIDTH) -> str:
    """The step's time as a bar in a field of ``width`` characters, at least one character long."""
    if makespan_s <= 0:
        return ""
    first = min(int(width * start_s / makespan_s), width - 1)
    last = max(first + 1, round(width * end_s / makespan_s))
    return "·" * first + "█" * (last - first) + "·" * (width - last)


def _moment(seconds: float, starts_at: datetime | None) -> str:
    if starts_at is None:
        return clock_text(seconds)
    return f"{starts_at + timedelta(seconds=seconds):%H:%M:%S}"
