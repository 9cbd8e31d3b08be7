"""Each VM has its own windows: by cluster, site, tag or name; holidays, blackouts and changing clocks are kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from recommender.errors import ConfigurationError
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.policy import AutomationLevel
from recommender.service.set_times.calendar import Calendar
from recommender.settings.calendar import CalendarSettings
from recommender.settings.icalendar import read_whole_days
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import a_step
from tests.unit.service.stages import Stage, a_worker, an_evacuation, settings

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
NIGHTS = {"name": "nights", "cron": "0 22 * * *", "duration_minutes": 360}
SUNDAYS = {"name": "sundays", "cron": "0 2 * * 0", "duration_minutes": 120, "tags": ["tier/database"]}


def estate() -> Inventory:
    hosts = [make_host("a", cluster=ref("c"), site="east"), make_host("b", cluster=ref("c"), site="east")]
    vms = [make_vm("web", "a"), make_vm("db", "a", tags=("tier/database",))]
    return make_inventory(hosts, vms, clusters=(Cluster(ref=ref("c"), name="prod-1", datacenter="dc"),))


def calendar(*windows: dict[str, Any], **more: Any) -> Calendar:
    return Calendar(CalendarSettings.model_validate({"window": windows, **more}))


def until(of: Calendar, vm: str, at: datetime) -> datetime | str | None:
    return of.open_until(estate(), ref(vm), at)


def test_a_window_that_names_a_vm_goes_before_those_for_all() -> None:
    of = calendar(NIGHTS, SUNDAYS)
    night = datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert until(of, "web", night) == datetime(2026, 1, 6, 4, tzinfo=UTC)
    assert until(of, "db", night) == "its window sundays opens at 2026-01-11 02:00:00 UTC"
    sunday = datetime(2026, 1, 11, 3, tzinfo=UTC)
    assert until(of, "db", sunday) == datetime(2026, 1, 11, 4, tzinfo=UTC)
    assert until(of, "web", MONDAY) == "its window nights opens at 2026-01-05 22:00:00 UTC"
    assert until(calendar(), "web", MONDAY) is None
    assert until(calendar(SUNDAYS), "web", MONDAY) is None


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({"clusters": ["prod-*"]}, {"web", "db"}),
        ({"sites": ["east"]}, {"web", "db"}),
        ({"sites": ["west"]}, set()),
        ({"vms": ["w*"]}, {"web"}),
        ({"clusters": ["prod-*"], "tags": ["tier/*"]}, {"db"}),
    ],
)
def test_who_is_meant(selector: dict[str, Any], matches: set[str]) -> None:
    of = calendar(NIGHTS | selector)
    assert {vm for vm in ("web", "db") if isinstance(until(of, vm, MONDAY), str)} == matches


def test_no_window_opens_on_a_holiday_of_its_own_time_zone() -> None:
    holidays = [{"name": "de", "dates": ["2026-01-06"]}]
    berlin = NIGHTS | {"cron": "30 0 * * *", "time_zone": "Europe/Berlin"}
    of = calendar(berlin, holidays=holidays)
    assert until(of, "web", datetime(2026, 1, 5, 23, 45, tzinfo=UTC)) == (
        "its window nights opens at 2026-01-06 23:30:00 UTC"
    )
    heedless = calendar(berlin | {"holidays": []}, holidays=holidays)
    assert until(heedless, "web", datetime(2026, 1, 5, 23, 45, tzinfo=UTC)) == datetime(2026, 1, 6, 5, 30, tzinfo=UTC)


def test_a_blackout_ends_a_window_early_and_goes_before_it() -> None:
    freeze = {"name": "freeze", "cron": "0 2 6 1 *", "duration_minutes": 1440, "clusters": ["prod-*"]}
    of = calendar(NIGHTS, blackout=[freeze])
    assert until(of, "web", datetime(2026, 1, 5, 23, tzinfo=UTC)) == datetime(2026, 1, 6, 2, tzinfo=UTC)
    inside = datetime(2026, 1, 6, 22, 30, tzinfo=UTC)
    assert until(of, "web", inside) == "blackout freeze lasts until 2026-01-07 02:00:00 UTC"
    assert of.next_opening(estate(), ref("web"), inside) == datetime(2026, 1, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(("day", "closes"), [(date(2026, 3, 28), 5), (date(2026, 10, 24), 3)])
def test_a_window_lasts_real_time_when_the_clocks_change(day: date, closes: int) -> None:
    of = calendar({"name": "n", "cron": "0 23 * * *", "time_zone": "Europe/Berlin", "duration_minutes": 300})
    opens = datetime(day.year, day.month, day.day, 23, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    end = until(of, "web", opens + timedelta(minutes=1))
    assert end == opens + timedelta(hours=5)
    assert isinstance(end, datetime)
    assert end.astimezone(ZoneInfo("Europe/Berlin")).hour == closes


def test_the_last_start_that_still_fits_is_told() -> None:
    inventory = estate()
    of = calendar(NIGHTS)
    step = a_step(inventory, 1, "web", "b")
    p95 = timedelta(seconds=step.duration_p95_s)
    closes = datetime(2026, 1, 6, 4, tzinfo=UTC)
    assert of.reason_against(inventory, step, closes - p95) is None
    told = of.reason_against(inventory, step, closes - p95 + timedelta(seconds=1))
    assert told is not None
    assert told.startswith("it would end at 2026-01-06 04:00:01 UTC (p95), its window ends at 2026-01-06 04:00:00 UTC")
    assert "its last start was 2026-01-06 03:59" in told


def test_the_service_leaves_a_vm_whose_window_is_closed_and_says_so() -> None:
    inventory = replace(
        make_inventory([make_host("a"), make_host("b")], [make_vm("web", "a"), make_vm("db", "a")]), clusters=()
    )
    stage = Stage(inventory)
    closed = calendar({"name": "later", "cron": "0 3 * * 0", "duration_minutes": 60, "vms": ["db"]}).settings
    of = settings(AutomationLevel.FULLY_AUTOMATED, evacuation=(an_evacuation(),), balance=False, calendar=closed)
    worker = a_worker(stage, of)
    worker.begin()
    worker.do_what_is_due()  # from now on it knows of the evacuation
    stage.clock.sleep(600)
    worker.do_what_is_due()
    assert [call.move.vm.moid for call in stage.datacenter.relocate_calls] == ["web"]
    assert "1 done, 1 skipped" in stage.cycles[-1][2] or "1 skipped, 1 done" in stage.cycles[-1][2]


def an_ics(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "holidays.ics"
    path.write_text("\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR", "")), encoding="utf-8")
    return path


def test_an_icalendar_file_of_whole_days(tmp_path: Path) -> None:
    path = an_ics(
        tmp_path,
        "BEGIN:VEVENT",
        "SUMMARY:Christmas\\, with a line that goes",
        "  on here",
        "DTSTART;VALUE=DATE:20261225",
        "DTEND;VALUE=DATE:20261227",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "DTSTART;VALUE=DATE:20200501",
        "RRULE:FREQ=YEARLY",
        "END:VEVENT",
    )
    christmas, may_day = read_whole_days(path)
    assert [christmas.contains(date(2026, 12, day)) for day in (24, 25, 26, 27)] == [False, True, True, False]
    assert [may_day.contains(date(year, 5, 1)) for year in (2019, 2020, 2026)] == [False, True, True]
    of = calendar(NIGHTS, holidays=[{"name": "x", "file": str(path)}])
    assert until(of, "web", datetime(2026, 12, 25, 23, tzinfo=UTC)) == (
        "its window nights opens at 2026-12-27 22:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("BEGIN:VEVENT", "DTSTART:20261225T100000Z", "END:VEVENT"), "line 2: '20261225T100000Z' is not a whole day"),
        (
            ("BEGIN:VEVENT", "DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=WEEKLY", "END:VEVENT"),
            "line 2: RRULE:FREQ=WEEKLY is not understood",
        ),
        ((), "it has no VEVENT"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_whole_days(an_ics(tmp_path, *lines))
    assert any(problem.startswith(told) for problem in refused.value.problems)


def test_a_window_that_never_opens_is_found() -> None:
    new_year = {"name": "never", "cron": "0 2 1 1 *", "duration_minutes": 60}
    of = calendar(new_year, holidays=[{"name": "x", "dates": ["2027-01-01", "2026-01-01"]}])
    assert list(of.never_opens(MONDAY)) == ["never"]
