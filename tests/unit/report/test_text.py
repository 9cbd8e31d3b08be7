"""Names from outside are shown, never obeyed."""

import pytest

from recommender.report.plan_timeline import BAR_WIDTH, bar
from recommender.report.quantity_text import clock_text, duration_text, proven_text, share_text, size_text
from recommender.report.text import plain, plain_lines


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("web-01", "web-01"),
        ("Büro-Ω-虚拟机", "Büro-Ω-虚拟机"),
        ("[bold red]boom[/]", "[bold red]boom[/]"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines", "two\\nlines"),
        ("\x9b31m", "\\x9b31m"),
        ("ab\u202egpj.exe", "ab\\u202egpj.exe"),
        ("line\u2028sep", "line\\u2028sep"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_unprintable_becomes_visible(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


def test_our_own_lines_stay_lines() -> None:
    assert plain_lines("first\n\x07second") == "first\n\\x07second"


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.21, "4.2 s"), (59.94, "59.9 s"), (187.0, "3:07 min"), (7500.0, "2:05 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_other_quantities() -> None:
    assert clock_text(3671.4) == "1:01:11"
    assert size_text(512) == "512 MiB"
    assert size_text(8000) == "7.8 GiB"
    assert share_text(None) == "–"
    assert share_text(0.1234) == "12.3 %"


def test_a_bar_shows_where_in_the_plan_a_step_stands() -> None:
    assert bar(0, 50, 100) == "█" * 12 + "·" * 12
    assert bar(100, 100, 100) == "·" * 23 + "█"
    assert len(bar(99.99, 100, 100)) == BAR_WIDTH
    assert bar(0, 0, 0) == ""


def test_how_far_a_plan_may_be_from_the_shortest() -> None:
    assert proven_text(100.0, 80.0) == "no order of its steps is shorter than 1:20 min, 20.0 % less"
    assert proven_text(80.0, 80.0) == "no order of its steps is shorter than 1:20 min, so this is the shortest"
    assert proven_text(0.0, 0.0) == "no order of its steps is shorter than 0.0 s, so this is the shortest"
