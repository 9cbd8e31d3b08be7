"""What an evacuation says for itself: where to, how many at once, at which level, what becomes of it at its end."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.actuation.step_result import StepResult
from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.policy import AutomationLevel, Policy, RetryPolicy
from recommender.ports import StepOutcome, StepState
from recommender.service.carry_out import CarriedOut
from recommender.service.evacuations.evacuation import run_evacuation
from recommender.service.evacuations.window_end import WayBack
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE, a_step
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings
from tests.unit.service.test_evacuation import an_occurrence, run

FULL = AutomationLevel.FULLY_AUTOMATED
ONCE = Policy(automation_level=FULL, retry=RetryPolicy(attempts=1))


def estate() -> Inventory:
    hosts = [make_host(name, cluster=ref("cl")) for name in ("a", "old", "new")]
    return make_inventory(hosts, [make_vm(f"v{number}", "a") for number in range(3)])


def large() -> Inventory:
    """Of two VMs one fits into a window of a minute."""
    hosts = [make_host(name, cluster=ref("cl"), memory_mib=200_000) for name in ("a", "new")]
    return make_inventory(hosts, [make_vm(f"v{number}", "a", memory=32_768) for number in range(2)])


def hosts_of(stage: Stage) -> list[str]:
    return sorted(vm.host.moid for vm in stage.datacenter.read().virtual_machines)


def test_what_was_moved_is_put_back_where_not_everything_could_leave() -> None:
    stage = Stage(estate(), failures=[FaultyCall(call=2, fault=CallFault.REFUSED)])
    run(stage, an_evacuation(at_window_end="roll_back"), policy=ONCE)
    assert hosts_of(stage) == ["a", "a", "a"]
    assert stage.cycles[-1][2].endswith("put back: 2 of 2 migrations")


def test_it_is_left_so_by_default() -> None:
    stage = Stage(estate(), failures=[FaultyCall(call=2, fault=CallFault.REFUSED)])
    run(stage, an_evacuation(), policy=ONCE)
    assert hosts_of(stage).count("a") == 1


def test_nothing_is_put_back_that_would_not_be_over_in_the_window() -> None:
    before, now = estate(), TAKEN_AT
    after = before.with_vm_on(ref("v0"), ref("new"))
    done = StepOutcome(state=StepState.DONE, detail="")
    moved = StepResult(step=a_step(before, 1, "v0", "new"), outcome=done, sent_at=now, ended_at=now)

    def plan(seconds: float) -> SavedPlan | str:
        carried = CarriedOut(plan_id="a" * 64, steps=(moved,))
        deadline = now + timedelta(seconds=seconds)
        way = WayBack(carried=carried, at_first=before, policy=ONCE, author="me", deadline=deadline)
        return way.plan(after, now)

    fits = plan(3600)
    assert isinstance(fits, SavedPlan)
    assert [(step.move.source, step.move.destination) for step in fits.plan.steps] == [(ref("new"), ref("a"))]
    assert isinstance(plan(fits.plan.makespan_p95_s), SavedPlan)
    told = plan(fits.plan.makespan_p95_s - 1)
    assert isinstance(told, str)
    assert told.startswith("not put back: 1 migrations back would end at ")


def test_a_complete_evacuation_is_not_put_back() -> None:
    stage = Stage(estate())
    run(stage, an_evacuation(at_window_end="roll_back"))
    assert "a" not in hosts_of(stage)


def test_a_refresh_goes_to_the_new_hosts_alone_and_on_in_the_next_window() -> None:
    stage = Stage(large())
    nightly = an_evacuation(to=("new",), migrations_at_once=1, duration_minutes=1)
    stage.wait_until(DUE)
    for on_new in (["a", "new"], ["new", "new"]):
        occurrence = an_occurrence(stage, nightly, stage.clock.now())
        run_evacuation(
            settings(FULL), nightly, occurrence, stage.world, stage.journal, stop=lambda: False, patience=PATIENCE
        )
        assert hosts_of(stage) == on_new
        stage.clock.sleep(86_400)


def test_at_most_so_many_run_at_once() -> None:
    stage = Stage(estate())
    most = 0

    def note(picture: Inventory) -> None:
        nonlocal most
        most = max(most, len(picture.in_flight))

    stage.datacenter.observe(note)
    run(stage, an_evacuation(migrations_at_once=1))
    assert most == 1
    assert "a" not in hosts_of(stage)


def test_its_own_automation_level_counts() -> None:
    stage = Stage(estate())
    assert "the automation level is manual" in str(run(stage, an_evacuation(automation_level="manual")))
    assert stage.sent == 0
    stage = Stage(estate())
    run(stage, an_evacuation(automation_level=FULL), level=AutomationLevel.MANUAL)
    assert stage.sent == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"datastores": ("ds",)},
        {"hosts": (), "datastores": ("ds",), "maintenance_mode": True},
        {"rolling": {}, "to": ("new",)},
        {"rolling": {}, "at_window_end": "roll_back"},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        an_evacuation(**changes)
