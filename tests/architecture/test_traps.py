"""Every trap that was measured names a test that is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TRAPS = (TESTS / "README.md").read_text(encoding="utf-8").split("\n## Traps")[1]
ROWS = [
    line.strip("| ").split(" | ") for line in TRAPS.splitlines() if line.startswith("| ") and "| test |" not in line
]
NAMED = [re.findall(r"`([\w/]+\.py)::(\w+)`", row[-1]) for row in ROWS]


def test_every_trap_names_a_test() -> None:
    assert len(ROWS) > 50
    assert [row[0] for row, named in zip(ROWS, NAMED, strict=True) if not named] == []
    assert [row[0] for row in ROWS if len(row) != 2] == []


@pytest.mark.parametrize(("file", "name"), sorted({one for named in NAMED for one in named}))
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", text, re.MULTILINE)
