"""What is due soon is decided before its window opens, and anew at its opening where something has changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from recommender.placement.tried import NOTHING_TRIED
from recommender.service.evacuations import evacuation
from recommender.service.evacuations.decided_ahead import AHEAD, Ahead, DecidedAhead
from recommender.service.evacuations.host_evacuation import decide_evacuation
from recommender.service.set_times.due_times import starts_at
from recommender.service.set_times.triggers import DueTrigger
from recommender.settings.schedule import EvacuationSettings
from recommender.simulation.failures import Failure, MovedByHand, Outage, VmAppears
from tests.inventories import make_vm, ref
from tests.unit.service.stages import DUE, Stage, a_worker, an_evacuation, settings

OPENS_S = 300.0  # after the start


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the world was that was decided about."""
    made: list[datetime] = []

    def counted(request: object, **options: bool) -> object:
        made.append(request.inventory.taken_at)  # type: ignore[attr-defined]
        return decide_evacuation(request, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(evacuation, "decide_evacuation", counted)
    return made


def played(*failures: Failure, between: Callable[[Stage], None] = lambda _: None) -> Stage:
    """From shortly before the window to its opening."""
    stage = Stage(failures=failures)
    worker = a_worker(stage, settings(evacuation=(an_evacuation(),), balance=False))
    worker.poll()  # the service knows of it from here on
    stage.wait_until(DUE - AHEAD)
    worker.look_ahead()
    assert (stage.sent, stage.cycles) == (0, [("poll", "read", "3 hosts, 10 VMs")])
    between(stage)
    stage.wait_until(DUE)
    worker.do_what_is_due()
    return stage


def test_it_begins_with_what_was_decided_before(decisions: list[datetime]) -> None:
    stage = played()
    assert stage.left_on("a") == 0
    assert decisions == [DUE - AHEAD]


@pytest.mark.parametrize(
    "change",
    [
        VmAppears(at_s=OPENS_S - 1, vm=make_vm("new", "a", cpu=100)),
        MovedByHand(at_s=OPENS_S - 50, vm=ref("v1"), destination=ref("b")),
    ],
)
def test_where_something_stands_elsewhere_it_is_decided_anew(decisions: list[datetime], change: Failure) -> None:
    stage = played(change)
    assert stage.left_on("a") == 0
    assert decisions == [DUE - AHEAD, DUE]


def test_a_vcenter_that_is_silent_before_does_no_harm(decisions: list[datetime]) -> None:
    stage = played(Outage(at_s=OPENS_S - 70, for_s=60.0))
    assert stage.left_on("a") == 0
    assert decisions == [DUE]


def test_only_what_is_due_soon_is_decided_and_only_once() -> None:
    told: list[tuple[str, datetime]] = []

    def decide(timed: EvacuationSettings, due: datetime) -> DecidedAhead:
        told.append((timed.name, due))
        decision = "nothing to decide"
        stage = Stage()
        return DecidedAhead(due=due, inventory=stage.datacenter.read(), before=NOTHING_TRIED, decision=decision)

    ahead, later = Ahead(), an_evacuation(name="later", cron="7 9 * * 1")
    late = an_evacuation(name="late", jitter_s=1000)
    late_start = starts_at(late, DUE)
    assert late_start > DUE
    for now in (DUE - AHEAD - timedelta(seconds=1), DUE - AHEAD, DUE - timedelta(seconds=1), late_start - AHEAD):
        ahead.look((an_evacuation(), later, late), now, lambda: False, decide)
    assert told[:1] == [("monday", DUE)]
    assert ("late", DUE) in told
    assert len(told) == len(set(told))
    taken = ahead.take(late, DUE)
    assert taken is not None
    assert ahead.take(late, DUE) is None
    ahead.look((later,), DUE + AHEAD, lambda: True, decide)
    assert ahead.take(later, DUE + 2 * AHEAD) is None


def test_the_scheduler_calls_before_the_start() -> None:
    trigger = DueTrigger(an_evacuation(), AHEAD)
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    first = trigger.get_next_fire_time(None, monday)
    assert first == DUE - AHEAD
    assert trigger.get_next_fire_time(first, first) == DUE - AHEAD + timedelta(days=7)
