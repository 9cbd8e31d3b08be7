import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recommender.errors import DocumentError
from recommender.journal.plan_file import plan_id, plan_schema, plan_text, read_plan, write_plan
from recommender.policy import Policy
from tests.unit.journal.plans import exchange, saved_plan


def edited(path: Path, *edits: Callable[[Any], object]) -> Path:
    write_plan(path, saved_plan())
    document = json.loads(path.read_text())
    for edit in edits:
        edit(document)
    path.write_text(json.dumps(document))
    return path


def test_a_plan_is_read_back_with_the_same_id(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, saved_plan())
    assert read_plan(path) == saved_plan()
    assert plan_id(read_plan(path)) == plan_id(saved_plan())
    assert path.read_text() == plan_text(saved_plan())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_id_is_the_same_for_whole_numbers_and_floats(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    whole = saved_plan(plan=replace(exchange(), makespan_s=21), policy=Policy(max_rtt_ms=10))
    write_plan(path, whole)
    assert plan_id(read_plan(path)) == plan_id(whole)


def test_blanks_and_the_order_of_keys_leave_the_id_alone(tmp_path: Path) -> None:
    path = edited(tmp_path / "plan.json")
    turned = dict(reversed(json.loads(path.read_text()).items()))
    path.write_text(json.dumps(turned, indent=7))
    assert plan_id(read_plan(path)) == plan_id(saved_plan())


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(author="eve"),
        lambda d: d.update(maintenance_mode=True),
        lambda d: d["plan"]["steps"][1].update(depends_on=[]),
        lambda d: d["plan"]["steps"][0]["move"].update(priority=1),
        lambda d: d["basis"].update(rules=""),
        lambda d: d["policy"].update(max_moves=9),
    ],
)
def test_a_plan_edited_by_hand_is_another_plan(tmp_path: Path, edit: Callable[[Any], object]) -> None:
    assert plan_id(read_plan(edited(tmp_path / "plan.json", edit))) != plan_id(saved_plan())


def test_all_problems_of_a_plan_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    path = edited(
        tmp_path / "plan.json",
        lambda d: d.update(created_at="2026-01-05T12:00:00"),
        lambda d: d["plan"]["steps"][0]["move"]["destination"].update(moid="h3"),
        lambda d: d["plan"]["steps"][0]["move"]["disk_moves"][0]["destination"].update(moid="ds9"),
        lambda d: d["plan"]["steps"][1].update(depends_on=[7]),
        lambda d: d["plan"]["steps"][1]["move"]["vm"].update(moid="v3"),
        lambda d: d["plan"]["steps"].append(d["plan"]["steps"][0] | {"start_s": "soon"}),
        lambda d: d["plan"].update(makespan_s=float("inf")),
        lambda d: d["policy"].pop("weights"),
        lambda d: d["policy"].update(wieghts={}),
        lambda d: d.pop("basis"),
    )
    with pytest.raises(DocumentError) as caught:
        read_plan(path)
    places = {problem.split(": ")[0] for problem in caught.value.problems}
    assert {
        "created_at",
        "plan.steps[0].move.destination",
        "plan.steps[0].move.disk_moves[0].destination",
        "plan.steps[1].depends_on",
        "plan.steps[1].move.vm",
        "plan.steps[2]",
        "plan.steps[2].start_s",
        "plan.makespan_s",
        "policy.wieghts",
        "basis",
    } <= places


@pytest.mark.parametrize(("found", "told"), [("recommender-plan/2", "newer"), ("recommender-inventory/1", "expected")])
def test_another_format_is_refused(tmp_path: Path, found: str, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        read_plan(edited(tmp_path / "plan.json", lambda d: d.update(format=found)))


def test_a_plan_fits_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    jsonschema.validate(json.loads(plan_text(saved_plan())), plan_schema())
