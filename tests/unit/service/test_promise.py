"""When what was promised changes, that is said once, with the old and the new end."""

from datetime import timedelta

from recommender.actuation.step_result import StepEvent, StepEventKind
from recommender.planning.plan import Plan
from recommender.ports import StepOutcome, StepState
from recommender.service.promise import PromiseWatch
from recommender.simulation.clock import MONDAY_MORNING
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import POLICY, move, planned, step_of

GIB = 1024
HOSTS = [make_host("a"), make_host("b", memory_mib=20 * GIB), make_host("c")]
INVENTORY = make_inventory(HOSTS, [make_vm("first", "b", memory=16 * GIB), make_vm("second", "a", memory=8 * GIB)])
PLAN = planned(INVENTORY, [move(INVENTORY, "first", "c", seconds=600), move(INVENTORY, "second", "b", seconds=300)])


def watch(said: list[str]) -> PromiseWatch:
    return PromiseWatch(
        plan=PLAN,
        inventory=INVENTORY,
        policy=POLICY,
        began_at=MONDAY_MORNING,
        on_event=lambda _: None,
        say=said.append,
        deadline=MONDAY_MORNING + timedelta(minutes=30),
    )


def event(plan: Plan, vm: str, kind: StepEventKind, at_s: float, state: StepState | None = None) -> StepEvent:
    outcome = None if state is None else StepOutcome(state=state, detail="")
    at = MONDAY_MORNING + timedelta(seconds=at_s)
    return StepEvent(at=at, kind=kind, step=step_of(plan, vm), outcome=outcome)


def test_a_later_end_is_said_once_with_what_it_means_for_the_window() -> None:
    said: list[str] = []
    told = watch(said)
    told(event(PLAN, "first", StepEventKind.SENT, 0))
    told(event(PLAN, "first", StepEventKind.ENDED, 1200, StepState.DONE))
    told(event(PLAN, "second", StepEventKind.SENT, 1200))
    told(event(PLAN, "second", StepEventKind.ENDED, 1500, StepState.DONE))
    began, later = MONDAY_MORNING + timedelta(minutes=15), MONDAY_MORNING + timedelta(minutes=25)
    closes = MONDAY_MORNING + timedelta(minutes=30)
    assert said == [f"finish moves {began:%H:%M} → {later:%H:%M}, still in the window, which ends at {closes:%H:%M}"]


def test_what_a_failure_takes_with_it_is_said() -> None:
    said: list[str] = []
    told = watch(said)
    told(event(PLAN, "first", StepEventKind.SENT, 0))
    told(event(PLAN, "first", StepEventKind.ENDED, 60, StepState.FAILED))
    assert said == [f"steps that cannot follow any more: {step_of(PLAN, 'second').number}"]
