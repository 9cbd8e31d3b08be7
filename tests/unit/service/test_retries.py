"""Failed migrations are tried elsewhere within limits, never where it will fail again, never without proof."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from recommender.inventory.failed_move import FailedMove
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.placement.tried import tried
from recommender.planning.move_check import MoveCheck
from recommender.policy import AutomationLevel, Policy, RetryPolicy
from recommender.ports import Order, OrderKind
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref
from tests.unit.service.stages import Stage, an_evacuation
from tests.unit.service.test_evacuation import run

FULL = AutomationLevel.FULLY_AUTOMATED


def estate(hosts: str = "abc") -> Inventory:
    return make_inventory([make_host(name, cluster=ref("cl")) for name in hosts], [make_vm("v", "a")])


def failing(*calls: tuple[int, CallFault], hosts: str = "abc", **retry: Any) -> tuple[Stage, Policy]:
    stage = Stage(estate(hosts), failures=[FaultyCall(call=call, fault=fault) for call, fault in calls])
    return stage, Policy(automation_level=FULL, retry=RetryPolicy(**retry))


def destinations(stage: Stage) -> list[str]:
    return [call.move.destination.moid for call in stage.datacenter.relocate_calls]


def test_a_refused_migration_is_tried_elsewhere_after_a_while_and_the_host_is_emptied() -> None:
    stage, policy = failing((1, CallFault.REFUSED))
    assert run(stage, an_evacuation(maintenance_mode=True), policy=policy)
    assert sorted(destinations(stage)) == ["b", "c"]
    first, second = stage.datacenter.relocate_calls
    assert second.at - first.at >= timedelta(seconds=60)
    assert stage.is_in_maintenance(ref("a"))
    assert "1 done" in stage.cycles[-1][2]
    ((plan, attempt),) = stage.journal.retries.attempts().items()
    assert (attempt.number, attempt.of_plan) == (2, next(iter(stage.journal.plans)))
    assert plan != attempt.of_plan


def test_one_that_broke_off_is_tried_elsewhere_too_and_the_wait_doubles() -> None:
    stage, policy = failing((1, CallFault.BREAKS_OFF), (2, CallFault.BREAKS_OFF), hosts="abcd")
    assert run(stage, an_evacuation(maintenance_mode=True), policy=policy)
    assert sorted(destinations(stage)) == ["b", "c", "d"]
    calls = stage.datacenter.relocate_calls
    assert calls[2].at - calls[1].at >= timedelta(seconds=120)


def test_it_is_left_with_the_reason_after_so_many_attempts_or_when_no_host_is_left() -> None:
    stage, policy = failing(*((call, CallFault.REFUSED) for call in range(1, 9)), hosts="abcdef", attempts=2)
    run(stage, an_evacuation(maintenance_mode=True), policy=policy)
    assert len(destinations(stage)) == 2
    assert "the host is not empty: 1 VM on it" in stage.cycles[-1][2]
    stage, policy = failing((1, CallFault.REFUSED), hosts="ab")
    run(stage, an_evacuation(), policy=policy)
    assert destinations(stage) == ["b"]
    stage, policy = failing((1, CallFault.REFUSED), attempts=1)
    run(stage, an_evacuation(), policy=policy)
    assert len(destinations(stage)) == 1


def test_nothing_is_tried_again_whose_end_is_not_proven() -> None:
    stage, policy = failing((1, CallFault.LOST_REQUEST))
    run(stage, an_evacuation(), policy=policy)
    assert len(destinations(stage)) == 1
    assert stage.left_on("a") == 1


def test_nothing_is_tried_again_after_a_cancellation_or_past_the_windows_end() -> None:
    stage, policy = failing((1, CallFault.BREAKS_OFF))
    run(stage, an_evacuation(duration_minutes=1), policy=policy)
    assert len(destinations(stage)) == 1
    stage, policy = failing((1, CallFault.REFUSED))
    begin = stage.journal.record_outcome

    def cancelling(*arguments: Any) -> None:
        begin(*arguments)
        stage.journal.order = Order(kind=OrderKind.CANCEL, author="ann", reason="no", at=stage.clock.now())

    stage.journal.record_outcome = cancelling  # type: ignore[method-assign,assignment]
    run(stage, an_evacuation(), policy=policy)
    assert len(destinations(stage)) == 1


def a_failure(vm: str = "v", to: str = "b", **changes: Any) -> FailedMove:
    values: dict[str, Any] = {
        "instance_uuid": f"uuid-{vm}",
        "destination": ref(to),
        "ended_at": TAKEN_AT,
        "detail": "no",
        "is_proven": True,
        "passes": False,
    }
    return FailedMove(**(values | changes))


def test_what_failures_close() -> None:
    retry = RetryPolicy(attempts=2)
    once = tried(estate(), retry, [a_failure()], ())
    assert once.failed == ((ref("v"), ref("b"), "a migration to it failed at 12:00:00 UTC: no"),)
    assert once.left_alone == ()
    assert tried(estate(), retry, [a_failure(passes=True)], ()).failed == ()
    twice = tried(estate(), retry, [a_failure(), a_failure(to="c")], ())
    assert twice.left_alone == (
        (ref("v"), "2 migrations of it failed, at most 2 are tried (policy.retry.attempts); the last: no"),
    )
    ((_, reason),) = tried(estate(), retry, [a_failure(is_proven=False)], ()).left_alone
    assert reason == "nothing proves that its migration at 12:00:00 UTC has ended: no"
    ((_, reason),) = tried(estate(), retry, [], {"uuid-v"}).left_alone
    assert reason == "what became of a migration of it is unknown"
    gone = replace(estate(), virtual_machines=())
    assert tried(gone, retry, [a_failure()], {"uuid-v"}) == tried(gone, retry, [], ())


def test_what_vcenters_own_check_refuses_is_tried_elsewhere_too() -> None:
    stage, policy = failing()
    asked: list[str] = []

    def check(move: Move) -> MoveCheck:
        asked.append(move.destination.moid)
        return MoveCheck(errors=("no such CPU",)) if len(asked) == 1 else MoveCheck()

    stage.datacenter.check = check  # type: ignore[method-assign]
    run(stage, an_evacuation(maintenance_mode=True), policy=policy)
    assert sorted(asked) == ["b", "c"]
    assert destinations(stage) == asked[1:]
    assert stage.is_in_maintenance(ref("a"))
