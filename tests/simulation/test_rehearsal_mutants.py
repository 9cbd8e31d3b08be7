"""What a rehearsal checks can fail: each invariant is broken by a service that was spoilt on purpose."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender.actuation.flights import Flights
from recommender.actuation.step_log import StepLog
from recommender.errors import MigrationRefused, OutcomeUnknown
from recommender.inventory.failed_move import Retry
from recommender.journal.lease import Lease
from recommender.journal.records import StepRecord
from recommender.journal.store import open_journal
from recommender.placement.result import Move
from recommender.policy import RetryPolicy
from recommender.ports import StepOutcome, StepState
from recommender.service import open_steps, worker
from recommender.service.balancing.restraint import Restraint
from recommender.service.rehearsal import process
from recommender.service.rehearsal.checks import Checks
from recommender.service.rehearsal.day import DAYS as PLAYED
from recommender.service.rehearsal.day import settings_of
from recommender.service.rehearsal.history import to_and_fro, tried_against_the_rules
from recommender.service.rehearsal.port import ReachedDataCenter
from recommender.service.rehearsal.rehearsal import rehearse
from recommender.service.set_times.due import Due
from recommender.settings.schedule import TimedSettings
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from tests.inventories import ref
from tests.simulation.moves import a_move
from tests.unit.actuation.worlds import three_hosts

DAYS = 0.04
MOST_SEEDS = 20

Patch = pytest.MonkeyPatch


def a_lease_that_everybody_has(patch: Patch) -> None:
    def always(*_: object) -> bool:
        return True

    for name in ("take", "require", "require_now"):
        patch.setattr(Lease, name, always)
    patch.setattr(Lease, "is_ours", property(always))
    # The moment in which it matters comes more often.
    patch.setattr(process, "FROZEN_AT_FAILPOINT", 0.3)
    patch.setattr(process, "FROZEN_S", (60.0, 120.0))


def a_call_that_is_repeated_without_an_answer(patch: Patch) -> None:
    send = Flights.send

    def again(self: Flights, *arguments: Any) -> None:
        migrator = self._migrator

        class Repeating:
            def __getattr__(self, name: str) -> Any:
                return getattr(migrator, name)

            def relocate(self, move: Move, operation_id: str) -> object:
                try:
                    return migrator.relocate(move, operation_id)
                except OutcomeUnknown:
                    return migrator.relocate(move, operation_id)

        self._migrator = Repeating()  # type: ignore[assignment]
        try:
            send(self, *arguments)
        finally:
            self._migrator = migrator

    patch.setattr(Flights, "send", again)


def an_intent_that_is_not_written(patch: Patch) -> None:
    patch.setattr(StepLog, "intend", lambda *_: True)


def an_evacuation_that_is_always_due(patch: Patch) -> None:
    def look(timed: TimedSettings, _journal: object, now: datetime) -> Due:
        del timed
        return Due(at=now - timedelta(minutes=1))

    patch.setattr(worker, "look", look)


def restraint_without_a_budget(patch: Patch) -> None:
    patch.setattr(Restraint, "_spent", lambda *_: None)


def a_journal_that_is_told_lies(patch: Patch) -> None:
    ended = StepLog.ended

    def told(self: StepLog, step: Any, outcome: StepOutcome, sent_at: datetime | None = None) -> None:
        lie = StepState.FAILED if outcome.state is StepState.DONE else outcome.state
        ended(self, step, StepOutcome(state=lie, detail=outcome.detail), sent_at)

    patch.setattr(StepLog, "ended", told)


def nothing_is_settled_after_a_crash(patch: Patch) -> None:
    patch.setattr(open_steps, "recover", lambda *_, **__: ())


MUTANTS = {
    a_lease_that_everybody_has: "arrived, the journal says failed",
    a_call_that_is_repeated_without_an_answer: "was sent twice",
    an_intent_that_is_not_written: "was sent without an intent",
    an_evacuation_that_is_always_due: "outside the window",
    restraint_without_a_budget: "the budget is",
    a_journal_that_is_told_lies: "arrived, the journal says failed",
    nothing_is_settled_after_a_crash: "still open",
}


@pytest.mark.parametrize(("spoil", "told"), MUTANTS.items(), ids=lambda one: getattr(one, "__name__", None))
def test_a_spoilt_service_is_noticed(spoil: Callable[[Patch], None], told: str, monkeypatch: Patch) -> None:
    spoil(monkeypatch)
    assert any(told in problem for seed in range(1, MOST_SEEDS + 1) for problem in rehearse(seed, DAYS).broken)


def test_calls_that_break_a_rule_or_meet_a_migration_are_noticed() -> None:
    inventory = three_hosts()
    closed = replace(inventory.host(ref("c")), in_maintenance=True)
    inventory = replace(inventory, hosts=tuple(closed if one.ref == closed.ref else one for one in inventory.hosts))
    datacenter = SimulatedDataCenter(inventory, SimulatedClock())
    broken: list[str] = []
    settings = settings_of(PLAYED[0], 1, "sqlite:///none.db", ("a", "b"), timedelta(minutes=15))
    checks = Checks(datacenter, settings, PLAYED[0], broken, lambda _: None)
    checks.relocate(a_move(inventory, "v1", "b"), "op-1")
    assert not any("in a migration" in one or "host_available" in one for one in broken)
    with suppress(MigrationRefused):
        checks.relocate(a_move(inventory, "v1", "b"), "op-2")
    with suppress(MigrationRefused):
        checks.relocate(a_move(inventory, "v2", "c"), "op-3")
    with suppress(MigrationRefused):
        checks.exit_maintenance(ref("b"), "op-4")
    checks.exit_maintenance(ref("c"), "op-5")
    assert "op-4 was sent while vc/b was out of maintenance mode" in broken
    assert not any(one.startswith("op-5") for one in broken)
    assert "vc/v1 was sent while it is in a migration" in broken
    assert any(one.startswith("op-3 breaks host_available: ") for one in broken)


def test_a_call_of_a_process_that_does_not_lead_there_or_does_not_reach_it_is_noticed(tmp_path: Path) -> None:
    inventory = three_hosts()
    broken: list[str] = []
    checks = Checks(
        SimulatedDataCenter(inventory, SimulatedClock()),
        settings_of(PLAYED[0], 1, "sqlite:///none.db", ("a", "b"), timedelta(minutes=15)),
        PLAYED[0],
        broken,
        lambda _: None,
    )
    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        lease = journal.lease("leader vc")
        lease.take()
        ReachedDataCenter(checks, ("vc",), (lease,)).enter_maintenance(ref("a"), "op-1")
        assert broken == []
        with suppress(MigrationRefused):
            ReachedDataCenter(checks, ("other",), (lease,)).exit_maintenance(ref("c"), "op-2")
        assert any(one.startswith("op-2 was sent by a process that does not reach all") for one in broken)
        lease.release()
        ReachedDataCenter(checks, ("vc",), (lease,)).relocate(a_move(inventory, "v1", "b"), "op-3")
        assert "op-3 was sent while nobody held the lease 'leader vc'" in broken


def test_a_vm_that_goes_to_and_fro_is_noticed() -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    there, back = a_done_step("h1", "h2", at), a_done_step("h2", "h1", at + timedelta(minutes=30))
    assert list(to_and_fro([there, back], timedelta(hours=2))) == [
        "uuid-1 went to and fro between vc/h1 and vc/h2 within its cool-down"
    ]
    assert list(to_and_fro([there, back], timedelta(minutes=10))) == []


def test_sending_a_vm_again_where_it_failed_or_without_proof_or_too_often_is_noticed() -> None:
    at, retry = datetime(2026, 1, 5, 9, tzinfo=UTC), RetryPolicy(attempts=2)
    first = replace(a_done_step("h1", "h2", at), state=StepState.FAILED, retry=Retry.ELSEWHERE)
    second = a_done_step("h1", "h2", at + timedelta(minutes=30))
    third = a_done_step("h1", "h3", at + timedelta(minutes=40))
    assert list(tried_against_the_rules([first, second], retry)) == ["op-1 was sent to vc/h2, where the VM had failed"]
    assert list(tried_against_the_rules([first, third], retry)) == []
    unproven = replace(first, retry=None)
    assert len(list(tried_against_the_rules([unproven, third], retry))) == 1
    twice = replace(third, state=StepState.FAILED, retry=Retry.ELSEWHERE)
    often = [first, twice, a_done_step("h1", "h4", at + timedelta(minutes=50))]
    assert list(tried_against_the_rules(often, retry)) == ["op-1 was sent after 2 that failed, at most 2 are allowed"]
    assert list(tried_against_the_rules([first, a_done_step("h1", "h2", at + timedelta(hours=5))], retry)) == []


def a_done_step(source: str, destination: str, at: datetime) -> StepRecord:
    return StepRecord(
        plan_id="a" * 64,
        number=1,
        vm=ref("v1"),
        instance_uuid="uuid-1",
        source=ref(source),
        destination=ref(destination),
        state=StepState.DONE,
        operation_id="op-1",
        task=None,
        intended_at=at,
        submitted_at=at,
        ended_at=at + timedelta(minutes=1),
        detail="",
        predicted_p50_s=1.0,
        predicted_p95_s=2.0,
        predicted_downtime_p50_ms=1.0,
        predicted_downtime_p95_ms=2.0,
        duration_s=1.0,
    )
