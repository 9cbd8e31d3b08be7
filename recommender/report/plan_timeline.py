"""A plan as a person reads it: when each migration starts and ends, and how sure the end is."""

from datetime import datetime, timedelta

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan
from recommender.report.console import new_table
from recommender.report.names import Names
from recommender.report.quantity_text import clock_text, duration_text

BAR_WIDTH = 24


def print_plan(console: Console, inventory: Inventory, plan: Plan, starts_at: datetime | None = None) -> None:
    """Print one row a step with a bar on the common time axis; dated when ``starts_at`` (aware) is given."""
    names = Names(inventory)
    if plan.steps:
        table = new_table("Plan" if starts_at is None else f"Plan, starting {starts_at:%Y-%m-%d %H:%M:%S %Z}")
        for header in ("step", "start", "end", "VM", "from", "to", "after", ""):
            table.add_column(header, overflow="fold", no_wrap=header in ("step", "start", "end", ""))
        for step in plan.steps:
            table.add_row(
                str(step.number),
                _moment(step.start_s, starts_at),
                _moment(step.end_s, starts_at),
                names.of(step.move.vm),
                names.of(step.move.source),
                names.of(step.move.destination),
                ", ".join(str(number) for number in step.depends_on),
                bar(step.start_s, step.end_s, plan.makespan_s),
            )
        console.print(table)
        console.print(
            f"makespan   {duration_text(plan.makespan_s)} (p95 {duration_text(plan.makespan_p95_s)}, "
            f"no order is shorter than {duration_text(plan.makespan_lower_bound_s)})"
        )
    for blocked in plan.blocked:
        console.print(f"blocked    {names.all_of(tuple(move.vm for move in blocked.moves))}: {blocked.reason}")


def bar(start_s: float, end_s: float, makespan_s: float) -> str:
    """The step's time as a bar in a field of ``BAR_WIDTH`` characters, at least one character long."""
    if makespan_s <= 0:
        return ""
    first = min(int(BAR_WIDTH * start_s / makespan_s), BAR_WIDTH - 1)
    last = max(first + 1, round(BAR_WIDTH * end_s / makespan_s))
    return "·" * first + "█" * (last - first) + "·" * (BAR_WIDTH - last)


def _moment(seconds: float, starts_at: datetime | None) -> str:
    if starts_at is None:
        return clock_text(seconds)
    return f"{starts_at + timedelta(seconds=seconds):%H:%M:%S}"
