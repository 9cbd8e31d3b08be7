"""What an evacuation says for itself: where to, how many at once, at which level, what becomes of it at its end."""

from typing import Any

import pytest
from pydantic import ValidationError

from recommender.inventory.inventory import Inventory
from recommender.policy import AutomationLevel, Policy, RetryPolicy
from recommender.service.evacuation import run_evacuation
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
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


def test_it_is_left_so_by_default_and_where_the_way_back_does_not_fit() -> None:
    failures = [FaultyCall(call=2, fault=CallFault.REFUSED)]
    stage = Stage(estate(), failures=failures)
    run(stage, an_evacuation(), policy=ONCE)
    assert hosts_of(stage).count("a") == 1
    stage = Stage(large(), failures=failures)
    run(stage, an_evacuation(at_window_end="roll_back", duration_minutes=1), policy=ONCE)
    assert "not put back: 1 migrations back would end at " in stage.cycles[-1][2]
    assert hosts_of(stage) == ["a", "new"]


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
