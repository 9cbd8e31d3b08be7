"""Where vCenter empties a host in an order of its own, the windows of all VMs on it are kept, or it is not asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recommender.service.set_times.calendar import Calendar
from recommender.settings.calendar import CalendarSettings
from recommender.simulation.clock import MONDAY_MORNING
from tests.inventories import ref
from tests.unit.actuation.test_vcenter_evacuation import Site, steered
from tests.unit.service.stages import DUE, Stage, an_evacuation
from tests.unit.service.test_evacuation import run

ALL = {"name": "mornings", "cron": "0 8 * * *", "duration_minutes": 240}
SUNDAYS = {"name": "sundays", "cron": "0 2 * * 0", "duration_minutes": 120, "vms": ["v2"]}
EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
VMS = tuple(map(ref, ("v1", "v2", "v3")))


def calendar(*windows: dict[str, Any]) -> Calendar:
    return Calendar(CalendarSettings.model_validate({"window": windows}))


def test_all_of_it_has_to_fit_the_window_of_each() -> None:
    inventory, noon = steered(), EIGHT + timedelta(hours=4)
    assert calendar().open_for_all(inventory, VMS, EIGHT, 1e6) is None
    assert calendar(ALL).open_for_all(inventory, VMS, EIGHT, 4 * 3600) == noon
    told = calendar(ALL).open_for_all(inventory, VMS, EIGHT, 4 * 3600 + 60)
    assert told == (
        "all of it would end at 2026-01-05 12:01:00 UTC (p95), the window of v1 ends at 2026-01-05 12:00:00 UTC: "
        "its last start was 2026-01-05 07:59:00 UTC"
    )
    closed = calendar(ALL, SUNDAYS).open_for_all(inventory, VMS, EIGHT, 1.0)
    assert closed == "v2: its window sundays opens at 2026-01-11 02:00:00 UTC"


def test_vcenter_is_not_asked_while_the_window_of_a_vm_is_closed() -> None:
    stage = Stage(steered())
    stage.world = replace(stage.world, calendar=calendar(ALL, SUNDAYS))
    assert run(stage, an_evacuation(maintenance_mode=True))
    assert not stage.is_in_maintenance(ref("a"))
    assert stage.journal.host_calls == {}
    assert "v2: its window sundays opens at 2026-01-11 02:00:00 UTC" in stage.cycles[-1][2]


def test_it_is_asked_where_all_fits() -> None:
    stage = Stage(steered())
    stage.world = replace(stage.world, calendar=calendar(ALL))
    assert MONDAY_MORNING + timedelta(hours=3) > DUE
    assert run(stage, an_evacuation(maintenance_mode=True))
    assert stage.is_in_maintenance(ref("a"))


def test_it_is_asked_to_stop_once_the_first_window_closes() -> None:
    site = Site(steered())
    closes = site.clock.now() + timedelta(seconds=1)
    outcome = site.enter(open_until=lambda _: closes)
    assert "given up: the first window of its VMs ended at" in outcome.detail, outcome
