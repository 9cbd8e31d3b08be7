"""What CONTRIBUTING shows of the code is the code."""

import re
from pathlib import Path

import pytest

from recommender.constraints.base import Constraint

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALK = TEXT.split("## How to add a constraint")[1].split("\n## ")[0]
SHOWN = re.findall(r"```python\n(.*?)```", WALK, re.DOTALL)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:recommender|tests)/[\w./]+)`", TEXT))))
def test_a_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("shown", SHOWN)
def test_code_that_is_shown_stands_in_the_rule_or_in_the_registry(shown: str) -> None:
    files = [ROOT / "recommender" / "constraints" / name for name in ("network_reachable.py", "registry.py")]
    assert any(shown in path.read_text(encoding="utf-8") for path in files)


def test_the_walk_explains_every_member_of_a_rule() -> None:
    members = {name for name in vars(Constraint) if not name.startswith("_")}
    assert {"name", "continuous", "class_key", "eligible", "post", "violations"} == members
    assert [member for member in members if not re.search(rf"`{member}\b", WALK)] == []
