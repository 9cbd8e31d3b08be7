"""Two answers side by side: the fleet as it stands and after the best moves, in each of two situations."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from recommender.placement.result import PlacementResult
from recommender.report.console import new_table
from recommender.report.quantity_text import share_text, size_text


def comparison_table(titles: tuple[str, str], answers: tuple[PlacementResult, PlacementResult]) -> Table:
    """Columns: each situation as it stands and after its best moves. The answers need their curves."""
    table = new_table()
    table.add_column("")
    for title in titles:
        table.add_column(title, justify="right")
        table.add_column("best moves", justify="right")
    for label, cells in _rows(answers):
        table.add_row(label, *cells)
    return table


def _rows(answers: tuple[PlacementResult, PlacementResult]) -> Iterator[tuple[str, Sequence[str]]]:
    points = [point for answer in answers for point in (answer.curve[0], answer.curve[-1])]
    yield "highest CPU", [share_text(point.cpu_highest) for point in points]
    yield "highest memory", [share_text(point.memory_highest) for point in points]
    yield "std dev CPU", [share_text(point.cpu_deviation) for point in points]
    yield "std dev memory", [share_text(point.memory_deviation) for point in points]
    yield "overload", [f"{point.overload_left:.2f} hosts" for point in points]
    yield "rules broken", [str(point.broken_rules) for point in points]
    yield "moves", [str(point.moves) for point in points]
    yield "sent", [size_text(point.sent_mib) for point in points]
    yield "objective", [f"{point.objective:.1f}" for point in points]
    yield "bound", _of_answers(["–" if answer.bound is None else f"{answer.bound:.1f}" for answer in answers])
    yield "gap", _of_answers([share_text(answer.gap) for answer in answers])
    yield "status", _of_answers([answer.status.value.replace("_", " ") for answer in answers])


def _of_answers(texts: Sequence[str]) -> list[str]:
    return [cell for text in texts for cell in ("", text)]
