"""What the best few moves buy, as a table."""

from collections.abc import Callable, Sequence

from rich.table import Table

from recommender.placement.result import CurvePoint
from recommender.report.console import new_table
from recommender.report.quantity_text import share_text, size_text


def curve_table(points: Sequence[CurvePoint]) -> Table:
    """One row for each number of moves; in brackets what is proven of any so many moves."""
    table = new_table("What the best moves buy")
    for header in (
        "moves",
        "sent",
        "highest CPU",
        "highest memory",
        "std dev CPU",
        "std dev memory",
        "overload left",
        "rules broken",
        "objective",
    ):
        table.add_column(header, justify="right", no_wrap=True)
    for point in points:
        table.add_row(
            str(point.moves),
            size_text(point.sent_mib),
            share_text(point.cpu_highest) + _at_least(point.cpu_highest_bound, share_text),
            share_text(point.memory_highest),
            share_text(point.cpu_deviation),
            share_text(point.memory_deviation),
            f"{point.overload_left:.2f} hosts",
            str(point.broken_rules),
            f"{point.objective:.1f}" + _at_least(point.objective_bound, "{:.1f}".format),
        )
    return table


def _at_least(bound: float | None, text: Callable[[float], str]) -> str:
    return "" if bound is None else f" (≥ {text(bound)})"
