"""What can be counted is counted by a test, not by a reviewer."""

import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_LINES = 300
MAX_MEDIAN_LINES = 90


def line_counts(*folders: str, suffix: str = ".py") -> dict[Path, int]:
    files = [path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}")]
    return {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in files}


def test_no_file_is_longer_than_a_head_can_hold() -> None:
    counts = line_counts("recommender", "tests") | line_counts("tests", suffix=".go")
    assert len(counts) > 50
    assert {str(path): lines for path, lines in counts.items() if lines > MAX_LINES} == {}


def test_the_median_file_is_short() -> None:
    counts = line_counts("recommender")
    assert statistics.median(counts.values()) <= MAX_MEDIAN_LINES


def test_the_top_level_holds_nothing_unexpected() -> None:
    allowed = {"pyproject.toml", "README.md", "recommender", "config", "tests", "deploy", "LICENSE", "uv.lock"}
    left_by_builds = {"dist", "build"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - allowed - left_by_builds == set()


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "recommender").rglob("*.py")
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []
