"""Narrow terminals: columns go before names are broken, and what went is told."""

from io import StringIO

import pytest
from rich.console import Console

from recommender.report.console import new_table
from recommender.report.fitted_table import print_fitted


def printed(width: int) -> list[str]:
    table = new_table("Moves")
    for header in ("VM", "gain", "cost"):
        table.add_column(header, overflow="fold")
    table.add_row("web-frontend-03", "123456", "654321")
    written = StringIO()
    print_fitted(Console(file=written, width=width), table, ("cost", "gain"))
    return [line.rstrip() for line in written.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("width", "row", "gone"),
    [
        (60, "web-frontend-03  123456  654321", ""),
        (30, "web-frontend-03  123456", "cost"),
        (20, "web-frontend-03", "cost, gain"),
    ],
)
def test_columns_go_one_after_the_other_before_a_name_is_broken(width: int, row: str, gone: str) -> None:
    lines = printed(width)
    assert row in lines
    assert (f"           in a wider terminal also: {gone}" in lines) is bool(gone)


def test_a_name_that_is_longer_than_the_terminal_is_folded_and_nothing_of_it_lost() -> None:
    assert "".join(printed(10)[2:4]).replace(" ", "") == "web-frontend-03"
