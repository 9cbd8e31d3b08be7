"""What operators tell the service and ask of it, through the front door."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from recommender.cli.journal_access import person
from recommender.journal.audit_anchor import write_anchor
from recommender.journal.foreign_moves import ForeignMove
from recommender.journal.plan_file import read_plan, write_plan
from recommender.journal.recommendations import RecommendationState
from recommender.journal.store import open_journal, open_read_only
from recommender.ports import OrderKind, StepState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.front_door import FrontDoor
from tests.unit.journal.plans import make_move, saved_plan
from tests.unit.journal.test_store import PLAN, begin, in_state

NOW = datetime.now(UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path}/journal.db"
    monkeypatch.setenv("RECOMMENDER_JOURNAL__URL", found)
    return found


def test_pause_cancel_and_resume_are_there_for_every_process(recommender: FrontDoor, url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
        assert recommender("pause", "--reason", "storage is slow").code == 0
        pause = journal.standing_order(PLAN)
        assert str(pause) == f"paused by {person()}: storage is slow"
        assert recommender("resume").code == 0
        assert journal.standing_order(PLAN) is None
        assert recommender("cancel", "zz").code == 2
        assert recommender("cancel", PLAN[:6], "--reason", "no").code == 0
        order = journal.standing_order(PLAN)
        assert order is not None
        assert order.kind is OrderKind.CANCEL


def test_recommendations_are_listed_and_rejected(recommender: FrontDoor, url: str) -> None:
    assert recommender("recommendations", "list").code == 9
    with open_journal(url) as journal:
        journal.recommendations.renew([(make_move("v1", "h1", "h2"), "uuid-v1")], NOW, timedelta(hours=1))
    (row,) = json.loads(recommender("recommendations", "list", "-o", "json").stdout)["recommendations"]
    assert (row["state"], row["rounds"], row["destination"]) == ("open", 1, "vc/h2")
    assert "vc/h2" in recommender("recommendations", "list").stdout
    assert recommender("recommendations", "reject", str(row["id"]), "--reason", "no").code == 0
    assert "nothing is recommended" in recommender("recommendations", "list").stdout
    assert f"rejected by {person()} no" in recommender("recommendations", "list", "--all").stdout
    assert recommender("recommendations", "reject", str(row["id"])).code == 2
    with open_journal(url) as journal:
        (found,) = journal.recommendations.renew([(make_move("v1", "h1", "h3"), "uuid-v1")], NOW, timedelta(1)).values()
        journal.recommendations.end([found.id], RecommendationState.APPLIED, by="ada", at=NOW, detail=PLAN)
    told = recommender("recommendations", "list", "--all").stdout
    assert f"applied by ada plan {PLAN[:12]}\n" in told.replace(" \n", "\n"), "as `status` calls it"


def test_what_others_moved_is_told_next_to_what_was_wanted(recommender: FrontDoor, url: str) -> None:
    with open_journal(url) as journal:
        journal.recommendations.renew([(make_move("v1", "h1", "h2"), "uuid-v1")], NOW, timedelta(hours=1))
        seen = [("v1", "h2", "vc/h2"), ("v2", "h3", "vc/h2"), ("v3", "h2", None)]
        journal.foreign_moves.add(
            ForeignMove(at=NOW, vm=ref(vm), instance_uuid=vm, source=ref("h1"), destination=ref(to), recommended=wanted)
            for vm, to, wanted in seen
        )
    told = json.loads(recommender("recommendations", "compare", "-o", "json").stdout)
    assert (told["recommendations"], told["moves_of_others"]) == (1, 3)
    assert list(told["moves_by_verdict"].values()) == [1, 1, 1]
    assert "others made 3 moves" in recommender("recommendations", "compare").stdout


def test_what_was_done_is_told(recommender: FrontDoor, url: str) -> None:
    called = make_inventory([make_host("h1"), make_host("h2")], [make_vm("v1", "h1", name="web-1")])
    with open_journal(url) as journal:
        in_state(journal, StepState.DONE)
        journal.names.keep(called, [ref("v1"), ref("h1"), ref("gone")])
    days = str((NOW - datetime(2026, 1, 5, tzinfo=UTC)).days + 2)
    moves = json.loads(recommender("history", "--days", days, "-o", "json").stdout)["moves"]
    assert [(move["instance_uuid"], move["destination"]) for move in moves] == [("uuid-v1", "vc/h2")]
    for known_as in ("uuid-v1", "vc/v1", "web-1"):
        row = recommender("history", known_as, "--days", days).stdout.splitlines()[2]
        assert row.split()[3:6] == ["web-1", "h1", "vc/h2"], "what has no name is told by its address"
    assert recommender("history", "uuid-v9", "--days", days).stdout == "nothing was migrated in this time\n"


def test_the_audit_is_shown_exported_and_tampering_is_found(recommender: FrontDoor, url: str, tmp_path: Path) -> None:
    with open_journal(url, actor="serve") as journal:
        in_state(journal, StepState.DONE)
        head = journal.audit.head()
        assert head is not None
        write_anchor(tmp_path / "anchor", head)
    assert "outcome" in recommender("audit", "list").stdout
    lines = [json.loads(line) for line in recommender("audit", "export").stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["plan begins", "intent", "outcome"]
    assert (
        recommender("audit", "verify", "--anchor", str(tmp_path / "anchor")).stdout == "whole: 3 entries, 1 anchors\n"
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE number = 3"))
    engine.dispose()
    assert recommender("audit", "verify").code == 0, "a tail that was cut off shows only beside an anchor"
    found = recommender("audit", "verify", "--anchor", str(tmp_path / "anchor"))
    assert (found.code, found.stdout) == (11, "entry 3 was there once and is gone\n")


def test_the_author_does_not_approve_and_without_approval_nothing_is_sent(
    recommender: FrontDoor, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, others = str(tmp_path / "own.plan"), str(tmp_path / "others.plan")
    write_plan(Path(own), saved_plan(author=person()))
    write_plan(Path(others), saved_plan(author="somebody-else"))
    monkeypatch.setenv("RECOMMENDER_APPROVAL__REQUIRED", "true")
    nowhere = ("--vcenter", "https://127.0.0.1:9/sdk", "--user", "me", "--timeout-s", "1")
    monkeypatch.setenv("RECOMMENDER_PASSWORD", "s3cret")
    assert recommender("approve", own).code == 10
    assert recommender("maintain", "leave", "esx-1", "--yes", *nowhere).code == 10
    assert recommender("maintain", "run", "esx-1", "--yes", *nowhere).code == 3, (
        "what it plans is proposed, wave by wave"
    )
    assert recommender("apply", others, "--yes", *nowhere).code == 10
    assert recommender("approve", others).code == 0
    assert recommender("apply", others, "--yes", *nowhere).code == 3, "approved, it gets as far as the vCenter"
    with open_read_only(url) as journal:
        assert journal is not None
        assert [entry.kind for entry in journal.audit.entries()] == ["approval"]


def test_what_is_proposed_can_be_looked_at_before_it_is_approved(
    recommender: FrontDoor, url: str, tmp_path: Path
) -> None:
    proposed, out = saved_plan(author="evacuation x"), tmp_path / "shown.plan"
    with open_journal(url) as journal:
        number = journal.proposals.make(proposed, NOW, NOW + timedelta(days=1), "a campaign")
        assert recommender("approve", number[:12], "--out", str(out)).code == 0
        assert read_plan(out) == proposed
        assert journal.approvals.of(number) == ()
        assert recommender("approve", number[:12]).code == 0
        assert len(journal.approvals.of(number)) == 1


def test_a_backup_holds_what_the_journal_holds(recommender: FrontDoor, url: str, tmp_path: Path) -> None:
    with open_journal(url) as journal:
        begin(journal)
        target = tmp_path / "copy.db"
        assert recommender("backup", str(target)).code == 0
        assert recommender("backup", str(target)).code == 9, "nothing is overwritten"
    assert target.stat().st_mode & 0o777 == 0o600
    with open_journal(f"sqlite:///{target}") as copy:
        assert len(copy.steps(PLAN)) == 2
