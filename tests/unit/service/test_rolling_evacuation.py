"""A rolling maintenance over several windows: it goes on where it stopped, and nothing happens twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.actuation.turn import TurnState
from recommender.policy import AutomationLevel, Policy
from recommender.service.hook_outcome import HookOutcome
from recommender.service.rolling.at_set_times import run_rolling_evacuation
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.settings.hook import HookSettings
from recommender.settings.rolling import RollingSettings
from recommender.settings.schedule import EvacuationSettings
from tests.inventories import ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.maintenances import a_cluster
from tests.unit.service.stages import DUE, Stage, settings

WEEK = timedelta(days=7)


class Patching:
    """Four hosts of one cluster, in windows of ``minutes``; ``worked`` are the hosts the hook was run on."""

    def __init__(self, *, minutes: int = 60, hook: bool = True, **changes: Any) -> None:
        self.stage = Stage(a_cluster())
        self.worked: list[str] = []
        self.work_s: dict[str, float] = {}
        work = HookSettings(command=("/bin/true",)) if hook else None
        self.rolling = RollingSettings(at_once=1, work=work, **changes)
        self.evacuation = EvacuationSettings(
            name="patches", clusters=("c",), cron="5 9 * * 1", duration_minutes=minutes, rolling=self.rolling
        )

    def run(self, due: datetime = DUE, *, is_cut_off: bool = False, **changes: Any) -> str | None:
        self.stage.wait_until(max(due, self.stage.clock.now()))
        occurrence = OpenOccurrence(
            timed=self.evacuation,
            due=due,
            by="me",
            is_cut_off=is_cut_off,
            journal=self.stage.journal,
            clock=self.stage.clock,
        )
        level = changes.pop("level", AutomationLevel.FULLY_AUTOMATED)
        policy = Policy(automation_level=level, cpu_reserve_percent=0, memory_reserve_percent=0)
        return run_rolling_evacuation(
            settings(policy=policy, **changes),
            self.evacuation,
            self.rolling,
            occurrence,
            self.stage.world,
            self.stage.journal,
            stop=lambda: False,
            hook=self._hook,
            patience=PATIENCE,
        )

    def _hook(self, _: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
        self.worked.append(facts["host"]["name"])
        self.stage.clock.sleep(self.work_s.get(self.worked[-1], 1800))  # half an hour of work on each
        return HookOutcome(succeeded=True, detail="patched")

    @property
    def states(self) -> dict[str, TurnState]:
        (campaign,) = self.stage.journal.campaigns.last(5)
        return {turn.host.moid: turn.state for turn in self.stage.journal.campaigns.turns(campaign.id)}


def test_one_window_is_enough() -> None:
    patching = Patching(minutes=240)
    told = patching.run()
    assert told == "patches, due 2026-01-05 09:05:00 UTC: 4 of 4 hosts had their turn"
    assert sorted(patching.worked) == ["a", "b", "c", "d"]


def test_the_next_window_goes_on_where_the_last_one_stopped() -> None:
    patching = Patching(minutes=70)
    first = patching.run()
    assert first is not None
    assert "2 of 4 hosts had their turn; wave 3 would be over at" in first
    second = patching.run(DUE + WEEK)
    assert second is not None
    assert "4 of 4 hosts had their turn" in second
    assert sorted(patching.worked) == ["a", "b", "c", "d"]
    assert set(patching.states.values()) == {TurnState.BACK}


@pytest.mark.parametrize("repeat", [False, True])
def test_when_all_had_their_turn_it_begins_anew_only_if_asked(*, repeat: bool) -> None:
    patching = Patching(minutes=240, repeat=repeat)
    patching.run()
    again = patching.run(DUE + WEEK)
    assert again is not None
    assert again.endswith("4 of 4 hosts had their turn" if repeat else "every host had its turn")
    assert len(patching.worked) == (8 if repeat else 4)


def test_of_one_occurrence_nothing_happens_twice() -> None:
    patching = Patching(minutes=240, repeat=True)
    patching.run()
    assert patching.run() is None  # it was claimed
    assert len(patching.worked) == 4


def test_without_a_hook_each_look_goes_on_once_the_person_has_taken_the_host_back() -> None:
    patching = Patching(minutes=240, hook=False)
    assert patching.run() is None
    (waiting,) = [host for host, state in patching.states.items() if state is TurnState.READY]
    assert patching.run(is_cut_off=True) is None
    assert patching.states[waiting] is TurnState.READY
    patching.stage.datacenter.exit_maintenance(ref(waiting), "a person")
    assert patching.run(is_cut_off=True) is None  # and now the next one
    assert patching.states[waiting] is TurnState.BACK
    assert list(patching.states.values()).count(TurnState.READY) == 1


def test_without_leave_it_only_plans() -> None:
    patching = Patching()
    planned = patching.run(level=AutomationLevel.MANUAL)
    assert planned is not None
    assert "4 waves and " in planned
    assert "the automation level is manual" in planned
    assert patching.stage.sent == 0


def test_an_evacuation_names_hosts_or_clusters() -> None:
    with pytest.raises(ValidationError, match="give hosts, clusters or datacenters"):
        EvacuationSettings(name="nothing", cron="0 2 * * 6", duration_minutes=60)
