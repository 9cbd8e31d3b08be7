"""A host's way back is asked for once: whoever dies there is followed, whoever freezes there sends nothing more."""

from collections.abc import Callable
from typing import Any

import pytest

from recommender import failpoints
from recommender.actuation.turn import TurnState
from recommender.errors import LeaseLost
from recommender.failpoints import Failpoint
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.service.hook_outcome import HookOutcome
from recommender.service.rolling.host_work import UNKNOWN_WORK, HostWork, Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.settings.hook import HookSettings
from recommender.simulation.clock import MONDAY_MORNING
from tests.inventories import make_host, make_inventory, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.journal.test_lease import Times
from tests.unit.service.stages import Stage

HOST, CAMPAIGN = ref("a"), "1" * 64
OF_LEAVING = (Failpoint.AFTER_LEAVE_INTENT, Failpoint.AFTER_LEAVE_SUBMIT, Failpoint.BEFORE_LEAVE_OUTCOME)


class Dies(BaseException):
    """Nothing of the process runs after this."""


def a_stage() -> tuple[Stage, list[str]]:
    """Host ``a`` is in maintenance mode; and the calls that take it out."""
    stage, sent = Stage(make_inventory([make_host("a"), make_host("b")], [])), []
    stage.datacenter.enter_maintenance(HOST, "op-enter")
    stage.clock.sleep(600)
    assert stage.is_in_maintenance(HOST)
    leave = stage.datacenter.exit_maintenance

    def counted(host: Any, operation_id: str) -> Any:
        sent.append(operation_id)
        return leave(host, operation_id)

    stage.datacenter.exit_maintenance = counted  # type: ignore[method-assign]
    return stage, sent


def work_is_done(journal: DatabaseJournal) -> None:
    """What is left of its turn is the way back."""
    journal.campaigns.begin(CAMPAIGN, "patches", RollingOrder().asked(), (HOST,), author="ada", at=MONDAY_MORNING)
    for state in (TurnState.EMPTYING, TurnState.READY, TurnState.WORKING, TurnState.WORKED):
        journal.campaigns.turn(CAMPAIGN, HOST, state, MONDAY_MORNING)


def go_on(stage: Stage, journal: DatabaseJournal, **changes: Any) -> Stopped | None:
    values: dict[str, Any] = {
        "hook": None,
        "stop": lambda: False,
        "tell": lambda _: None,
        "run_hook": lambda *_: HookOutcome(succeeded=True, detail=""),
    }
    return HostWork(
        campaign=journal.campaigns.find(CAMPAIGN),
        world=stage.world,
        journal=journal,
        patience=PATIENCE,
        **(values | changes),
    ).finish_what_was_begun()


def turn_of(journal: DatabaseJournal) -> TurnState:
    (turn,) = journal.campaigns.turns(CAMPAIGN)
    return turn.state


def at(point: Failpoint, act: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    """Once."""

    def reached(now: Failpoint) -> None:
        if now is point:
            failpoints.arm(None)
            act()

    patch.setattr(failpoints, "_armed", reached)


@pytest.mark.parametrize("point", OF_LEAVING)
def test_killed_on_the_way_back_the_next_one_follows(
    url: str, point: Failpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, sent = a_stage()
    times = Times()

    def die() -> None:
        raise Dies

    with times.opened(url) as first, times.opened(url) as second:
        work_is_done(first)
        at(point, die, monkeypatch)
        with pytest.raises(Dies):
            go_on(stage, first)
        times.now_s += 60
        assert go_on(stage, second) is None
        assert turn_of(second) is TurnState.BACK
    assert len(sent) == 1
    assert not stage.is_in_maintenance(HOST)


def test_one_that_was_frozen_takes_no_host_back_on_which_somebody_works(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, sent = a_stage()
    times = Times()
    with times.opened(url) as frozen, times.opened(url) as second:
        work_is_done(frozen)

        def meanwhile() -> None:
            times.now_s += 60
            assert go_on(stage, second) is None
            stage.datacenter.enter_maintenance(HOST, "a person")
            stage.clock.sleep(600)

        at(Failpoint.AFTER_LEAVE_INTENT, meanwhile, monkeypatch)
        with pytest.raises(LeaseLost):
            go_on(stage, frozen)
        assert turn_of(second) is TurnState.BACK
    assert len(sent) == 1
    assert stage.is_in_maintenance(HOST), "the person's work goes on"


def test_one_that_has_to_stop_does_not_ask_for_the_way_back(url: str) -> None:
    stage, sent = a_stage()
    with Times().opened(url) as journal:
        work_is_done(journal)
        stopped = go_on(stage, journal, stop=lambda: True)
        assert stopped is not None
        assert stopped.may_go_on
        assert "stop was asked for" in stopped.reason
        assert sent == []
        assert go_on(stage, journal) is None, "the next one sends it"
    assert len(sent) == 1


@pytest.mark.parametrize("is_suspended", [True, False])
def test_one_that_was_frozen_runs_no_hook_on_a_host_that_somebody_else_looks_after(
    url: str, *, is_suspended: bool
) -> None:
    stage, _ = a_stage()
    times, ran = Times(), list[object]()
    own_clock = (lambda: 0.0) if is_suspended else times.monotonic
    with open_journal(url, now_ms=times.now_ms, monotonic=own_clock) as frozen, times.opened(url) as second:
        frozen.campaigns.begin(CAMPAIGN, "patches", RollingOrder().asked(), (HOST,), author="ada", at=MONDAY_MORNING)
        for state in (TurnState.EMPTYING, TurnState.READY):
            frozen.campaigns.turn(CAMPAIGN, HOST, state, MONDAY_MORNING)
        lead = frozen.lease("leader")
        assert lead.take()
        frozen.fences = (lead,)

        def meanwhile(_: str) -> None:  # it has written down that the hook works, and stands still
            times.now_s += 60
            assert second.lease("leader").take()

        hook = HookSettings(command=("/bin/true",))
        with pytest.raises(LeaseLost):
            go_on(stage, frozen, hook=hook, tell=meanwhile, run_hook=lambda *told: ran.append(told))
        stopped = go_on(stage, second, hook=hook)
        assert stopped is not None
        assert UNKNOWN_WORK in stopped.reason
    assert ran == []


def test_without_a_lead_a_hook_is_not_run_either_once_somebody_has_taken_over(url: str) -> None:
    stage, _ = a_stage()
    ran = list[object]()
    with Times().opened(url) as frozen, Times().opened(url) as second:
        frozen.campaigns.begin(CAMPAIGN, "patches", RollingOrder().asked(), (HOST,), author="ada", at=MONDAY_MORNING)
        for state in (TurnState.EMPTYING, TurnState.READY):
            frozen.campaigns.turn(CAMPAIGN, HOST, state, MONDAY_MORNING)
        hook = HookSettings(command=("/bin/true",))

        def meanwhile(_: str) -> None:
            assert go_on(stage, second, hook=hook) is not None

        with pytest.raises(LeaseLost, match="taken over the work on"):
            go_on(stage, frozen, hook=hook, tell=meanwhile, run_hook=lambda *told: ran.append(told))
    assert ran == []
