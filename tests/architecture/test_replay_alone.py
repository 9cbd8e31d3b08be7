"""The replay shares nothing with what it checks: of the planner it knows the plan alone."""

import ast
from pathlib import Path

PLANNING = Path(__file__).parents[2] / "recommender" / "planning"
KNOWN = ("recommender.planning.plan", "recommender.planning.replay")


def test_the_replay_imports_nothing_of_the_scheduler() -> None:
    files = sorted((PLANNING / "replay").glob("*.py"))
    assert len(files) > 5
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    imported = {node.module or "" for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        name.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    of_planner = {name for name in imported if name.startswith("recommender.planning")}
    assert {name for name in of_planner if not name.startswith(KNOWN)} == set()
