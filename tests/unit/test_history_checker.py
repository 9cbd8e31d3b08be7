"""The checker of histories: silent where journal and vCenter agree, and each disagreement is told."""

from typing import Any

import pytest

from tests.history_checker import disagreements

STEP = ("plan", 1, "vc/vm-1", "vc/host-2", "done", "op-1", "vc/task-1")
MADE = {
    "task": "task-1",
    "entity": "vm-1",
    "operation": "relocate",
    "operation_id": "op-1",
    "state": "queued",
    "entity_is_now_on": "",
}
ENDED = MADE | {"state": "success", "entity_is_now_on": "host-2"}
CHAIN = [(1, "0", "a"), (2, "a", "b")]


LEAVES = MADE | {"task": "task-3", "entity": "host-2", "operation_id": f"recommender-{'c' * 16}-leaving-host-2"}
LEFT = ("c" * 64, "vc/host-2")


def told(
    step: tuple[Any, ...] = STEP,
    *lines: dict[str, Any],
    audit: list[tuple[Any, ...]] | None = None,
    left: tuple[Any, ...] = LEFT,
) -> list[str]:
    rows = {"steps": [step], "host_calls": [], "left": [left], "audit": audit or CHAIN}
    return list(disagreements(rows, lines or (MADE, ENDED)))


def test_nothing_is_told_where_both_agree() -> None:
    assert told() == []
    assert told(STEP, MADE, ENDED, LEAVES) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (told(STEP, MADE, ENDED, MADE | {"task": "task-2"}), "op-1 was sent 2 times"),
        (told(STEP, MADE, MADE | {"task": "task-2", "operation_id": "x"}), "task-2 was made while task-1 was at work"),
        (told((*STEP[:4], "intent", "op-1", None)), "is still open"),
        (told((*STEP[:4], "pending", "op-1", None)), "task-1 was made without an intent"),
        (told((*STEP[:4], "pending", None, None)), "task-1 (op-1) is in no row of the journal"),
        (told(STEP, MADE, ENDED, LEAVES, left=("d" * 64, "vc/host-2")), "-leaving-host-2) is in no row of the journal"),
        (told((*STEP[:4], "failed", "op-1", None)), "task-1 ended as success"),
        (told(STEP, MADE, ENDED | {"state": "error"}), "task-1 ended as error"),
        (told(STEP, MADE, ENDED | {"entity_is_now_on": "host-1"}), "its VM came to host-1, not to vc/host-2"),
        (told(STEP, MADE), "task-1 has not ended"),
        (told((*STEP[:5], "op-9", None)), "vCenter has no task of it"),
        (told((*STEP[:4], "failed", "op-9", "vc/task-9")), "vCenter never made vc/task-9"),
        (told((*STEP[:6], "vc/task-9")), "the journal says vc/task-9, vCenter task-1"),
        (told(audit=[(1, "0", "a"), (2, "z", "b")]), "audit: entry 2 does not follow entry 1"),
        (told(audit=[(1, "0", "a"), (3, "a", "b")]), "audit: entry 3 does not follow entry 1"),
    ],
)
def test_each_disagreement_is_told(found: list[str], words: str) -> None:
    assert any(words in one for one in found), found
