"""The end of a whole maintenance is promised when it begins, dated anew whenever something is late, and told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from recommender.actuation.turn import TurnState
from recommender.planning.rolling.maintenance import plan_rolling_maintenance
from recommender.planning.rolling.wave import RollingPlan
from recommender.policy import RetryPolicy
from recommender.service.documents.promises import promise_document
from recommender.service.hook_outcome import HookOutcome
from recommender.service.rolling.order import RollingOrder
from recommender.settings.hook import HookSettings
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import ref
from tests.unit.service.maintenances import HOSTS, POLICY, Maintenance, a_cluster
from tests.unit.service.stages import DUE, Stage
from tests.unit.service.test_rolling_evacuation import WEEK, Patching

WORK_S = 1800.0


class Promised(Maintenance):
    """A maintenance whose end was promised; the work on a host takes ``takes_s`` of it, half an hour by the plan."""

    def __init__(self, stage: Stage | None = None, **order: Any) -> None:
        super().__init__(stage, **order)
        self.takes_s: dict[str, float] = {}
        self.plan = self._planned()
        self.promise(self.stage.journal.campaigns.find("111")).begin(self.plan)
        self.began_at = self.stage.clock.now()

    def _planned(self) -> RollingPlan:
        order = RollingOrder.from_asked(self.stage.journal.campaigns.find("111").asked)
        return plan_rolling_maintenance(order.request(self.stage.datacenter.read(), POLICY, HOSTS))

    def _hook(self, settings: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
        self.stage.clock.sleep(self.takes_s.get(facts["host"]["name"], WORK_S))
        return super()._hook(settings, facts)

    @property
    def document(self) -> dict[str, Any]:
        found = promise_document(self.stage.journal.promises.of("1" * 64))
        assert found is not None
        return found

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.document["expected"]["ends_at"])

    @property
    def told_of_the_whole(self) -> list[str]:
        return [told for told in self.told if "whole maintenance" in told]


def test_the_end_is_promised_and_kept_where_all_goes_as_planned() -> None:
    maintenance = Promised()
    promised = maintenance.ends_at
    planned = maintenance.began_at + timedelta(seconds=maintenance.plan.end_s)
    assert abs(promised - planned) < timedelta(milliseconds=1)
    (told,) = maintenance.told
    assert told.startswith(f"the whole maintenance is to be over at {promised:%H:%M} UTC (p95 ")
    assert "decided afresh" in told
    assert maintenance.run() is None
    assert maintenance.told_of_the_whole == [told]
    assert abs(maintenance.ends_at - promised) < timedelta(minutes=5)
    assert {leg["state"] for leg in maintenance.document["legs"]} == {"over"}
    assert maintenance.document["promised"]["ends_at"] == promised.isoformat()


def test_work_that_takes_longer_moves_all_that_follows_and_that_is_told_once() -> None:
    maintenance = Promised()
    promised = maintenance.ends_at
    maintenance.takes_s["a"] = WORK_S + 3600
    assert maintenance.run() is None
    _, moved = maintenance.told_of_the_whole
    assert moved.startswith(f"the finish of the whole maintenance moves {promised:%H:%M} → ")
    assert maintenance.ends_at - promised == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=5))
    second = maintenance.document["legs"][1]
    late = datetime.fromisoformat(second["starts_at"]) - datetime.fromisoformat(second["promised_starts_at"])
    assert late == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=5))


def test_while_a_wave_is_emptied_what_comes_after_it_is_dated_by_when_that_ends() -> None:
    maintenance = Promised()
    promised = maintenance.ends_at
    whole = maintenance.promise(maintenance.stage.journal.campaigns.find("111"))
    plan = maintenance.plan.waves[0].plan
    whole.begins(1)
    maintenance.stage.journal.campaigns.turn("1" * 64, ref("a"), TurnState.EMPTYING, maintenance.began_at, wave=1)
    whole.carries(plan)
    assert abs(maintenance.ends_at - promised) < timedelta(seconds=1)
    whole.moves(maintenance.began_at + timedelta(seconds=plan.makespan_s + 900), again_s=300)
    assert maintenance.ends_at - promised == pytest.approx(timedelta(minutes=20), abs=timedelta(seconds=1))
    first, second, *_ = maintenance.document["legs"]
    assert (first["state"], second["state"]) == ("under_way", "expected")
    assert second["starts_at"] == first["ends_at"]


def test_a_migration_that_fails_moves_the_end_of_the_whole() -> None:
    stage = Stage(a_cluster(), failures=[FaultyCall(call=1, fault=CallFault.BREAKS_OFF)])
    maintenance = Promised(stage)
    promised = maintenance.ends_at
    policy = replace(POLICY, retry=RetryPolicy(back_off_s=900.0))
    assert maintenance.run(policy=policy) is None
    assert any("attempt 2 of 3" in told for told in maintenance.told)
    assert maintenance.told_of_the_whole[1].startswith(f"the finish of the whole maintenance moves {promised:%H:%M} → ")
    assert maintenance.ends_at > promised + timedelta(minutes=10)


def test_what_stops_for_a_person_has_no_date_and_says_how_much_is_left() -> None:
    maintenance = Promised()
    maintenance.says = lambda _: HookOutcome(succeeded=False, detail="no such package")
    assert maintenance.run() is not None
    assert "over is not known: a person has to look: no such package; about 1:3" in maintenance.told_of_the_whole[-1]
    document = maintenance.document
    assert document["expected"]["ends_at"] is None
    assert document["left_s"] > 3 * WORK_S
    assert [leg["state"] for leg in document["legs"][:2]] == ["under_way", "not_dated"]


def test_the_process_that_goes_on_knows_what_was_promised_and_dates_it_anew() -> None:
    maintenance = Promised()
    promised = maintenance.ends_at
    stopped = maintenance.run(stop=lambda: maintenance.worked == ["a"])
    assert stopped is not None
    assert maintenance.document["expected"]["reason"].endswith("stop was asked for")
    maintenance.stage.clock.sleep(2 * 3600)
    assert maintenance.run() is None
    later = f"the whole maintenance is to be over at {promised + timedelta(hours=2):%H}:"
    assert any(told.startswith(later) for told in maintenance.told_of_the_whole[2:])
    assert maintenance.document["promised"]["ends_at"] == promised.isoformat()
    assert abs(maintenance.ends_at - promised - timedelta(hours=2)) < timedelta(minutes=5)


def test_of_what_was_begun_without_a_promise_nothing_is_said() -> None:
    maintenance = Maintenance()
    assert maintenance.run() is None
    assert maintenance.stage.journal.promises.of("1" * 64) is None
    assert not [told for told in maintenance.told if "whole maintenance" in told]


def test_over_several_windows_the_end_is_dated_in_the_one_that_holds_it() -> None:
    patching = Patching(minutes=70)  # two waves of half an hour's work fit one
    patching.run()
    (campaign,) = patching.stage.journal.campaigns.last(1)

    def expected(what: str) -> dict[str, Any]:
        document = promise_document(patching.stage.journal.promises.of(campaign.id))
        assert document is not None
        found: dict[str, Any] = document[what]
        return found

    assert expected("promised")["window_opens_at"] == (DUE + WEEK).isoformat()
    assert expected("expected")["window_opens_at"] == (DUE + WEEK).isoformat()
    patching.run(DUE + WEEK)
    assert DUE + WEEK < datetime.fromisoformat(expected("expected")["ends_at"]) < DUE + WEEK + timedelta(minutes=70)


def test_a_late_wave_moves_the_last_one_into_the_next_window() -> None:
    patching = Patching(minutes=70)
    patching.work_s["a"] = 65 * 60.0
    patching.run()
    (campaign,) = patching.stage.journal.campaigns.last(1)
    document = promise_document(patching.stage.journal.promises.of(campaign.id))
    assert document is not None
    assert document["promised"]["window_opens_at"] == (DUE + WEEK).isoformat()
    assert document["expected"]["window_opens_at"] == (DUE + 2 * WEEK).isoformat()
    moved = [entry.content for entry in patching.stage.journal.audit.entries() if entry.kind == "promise"]
    assert any("in the window that opens Mon 2026-01-19 09:05" in content for content in moved)
