"""Tables in narrow terminals: columns that matter least go before names are broken into pieces."""

from collections.abc import Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from recommender.report.console import UNFOLDED_WIDTH, new_table


def fits(console: Console, table: Table) -> bool:
    """Whether nothing in it has to be folded."""
    unfolded = console.options.update(width=max(console.width, UNFOLDED_WIDTH))
    return Measurement.get(console, unfolded, table).maximum <= console.width


def print_fitted(console: Console, table: Table, may_go: Sequence[str]) -> None:
    """Print ``table`` without as many of the columns ``may_go``, in this order, as keep it from being folded."""
    gone: list[str] = []
    while len(gone) < len(may_go) and not fits(console, without(table, gone)):
        gone.append(may_go[len(gone)])
    console.print(without(table, gone))
    if gone:
        console.print(f"           in a wider terminal also: {', '.join(gone)}", style="dim", soft_wrap=True)


def without(table: Table, headers: Sequence[str]) -> Table:
    """``table`` without the columns of these headers."""
    if not headers:
        return table
    kept = [column for column in table.columns if column.header not in headers]
    made = new_table(str(table.title) if table.title else None)
    for column in kept:
        made.add_column(column.header, justify=column.justify, overflow=column.overflow, no_wrap=column.no_wrap)
    for row in zip(*(column.cells for column in kept), strict=True):
        made.add_row(*row)
    return made
