"""Which vCenters are led together, what belongs where, and that a schedule's name is that of one daemon alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from recommender.inventory.reference import EntityRef
from recommender.policy import MoveScope, Policy
from recommender.ports import OpenStep, StepState
from recommender.service.leading.territories import crossed_apart, crossed_by, territories
from recommender.service.reload import Reload
from recommender.service.set_times.names import ScheduleNames
from recommender.settings.schedule import EvacuationSettings, ScheduleSettings
from recommender.settings.settings import Settings
from recommender.settings.vcenters import VCenterSettings
from tests.unit.service.stages import Stage, an_evacuation


def of(*jobs: EvacuationSettings | ScheduleSettings, scope: MoveScope = MoveScope.CLUSTER) -> Settings:
    return Settings(
        policy=Policy(move_scope=scope),
        vcenter=tuple(VCenterSettings(name=name, url=f"https://{name}.example/sdk") for name in ("c", "a", "b")),
        evacuation=tuple(job for job in jobs if isinstance(job, EvacuationSettings)),
        schedule=tuple(job for job in jobs if isinstance(job, ScheduleSettings)),
    )


def led(settings: Settings) -> Mapping[str, list[str]]:
    return {
        one.name: [timed.name for timed in (*one.settings.evacuation, *one.settings.schedule)]
        for one in territories(settings)
    }


def test_each_vcenter_is_led_by_itself_unless_something_is_decided_across_them() -> None:
    backup = ScheduleSettings(name="copy", kind="backup", folder=Path("/x"), cron="0 1 * * *", duration_minutes=9)
    assert led(of(backup)) == {"a": ["copy"], "b": [], "c": []}
    assert led(of(an_evacuation(vcenters=("b",)))) == {"a": [], "b": ["monday"], "c": []}
    assert led(of(an_evacuation(vcenters=("c", "a")))) == {"a,c": ["monday"], "b": []}
    assert led(of(an_evacuation())) == {"a,b,c": ["monday"]}
    assert led(of(scope=MoveScope.VCENTERS)) == {"a,b,c": []}
    (alone,) = territories(Settings())
    assert alone.vcenters == ()
    with pytest.raises(ValueError, match=r"is about vcenters without a .*: west"):
        of(an_evacuation(vcenters=("west",)))


def test_vcenters_are_led_together_while_a_migration_between_them_is_open() -> None:
    """Only who leads both ends can tell what became of it; the configuration may no longer say that anybody does."""
    stage, settings = Stage(), of()
    assert crossed_by(stage.journal.open_steps()) == ()
    inside, between, gone = (
        an_open_step(EntityRef("a", "h1"), EntityRef(vcenter, "h2")) for vcenter in ("a", "c", "not-configured")
    )
    crossed = crossed_by([between, inside, between, gone])
    assert crossed == (frozenset({"a", "c"}), frozenset({"a", "not-configured"}))
    assert [one.vcenters for one in territories(settings, crossed)] == [("a", "c"), ("b",)]
    # A process that began so takes up no configuration under which it would lead in other parts.
    reload = Reload(settings=settings, crossed=crossed, load=lambda: of(an_evacuation(vcenters=("b", "c"))))
    reload.ask()
    assert reload.look() is None
    assert "which vCenters are led together" in (reload.problem or "")
    assert [one.vcenters for one in reload.territories(reload.settings)] == [("a", "c"), ("b",)]


def test_who_leads_the_ends_of_an_open_migration_apart_is_told_to_start_anew() -> None:
    settings, steps = of(), [an_open_step(EntityRef("a", "h1"), EntityRef("c", "h2"))]
    assert crossed_apart(steps, territories(settings)) == "a and c"
    assert crossed_apart(steps, territories(settings, crossed_by(steps))) is None


def an_open_step(source: EntityRef, destination: EntityRef) -> OpenStep:
    return OpenStep(
        plan_id="p",
        number=1,
        state=StepState.UNKNOWN,
        operation_id="op",
        vm=EntityRef(source.vcenter, "vm-1"),
        instance_uuid="u",
        source=source,
        destination=destination,
        intended_at=datetime(2026, 1, 1, tzinfo=UTC),
        task=None,
    )


def test_a_name_that_other_vcenters_have_is_refused_until_they_give_it_up() -> None:
    stage, ours = Stage(), of(an_evacuation(vcenters=("a",)))
    east, west = ScheduleNames(stage.journal), ScheduleNames(stage.journal)
    in_a, in_b = (replace(stage.world, vcenters=frozenset(name)) for name in "ab")
    assert east.ours(ours, in_a) == {"evacuation monday"}
    with capture_logs() as logs:
        assert [west.ours(ours, in_b) for _ in range(2)] == [frozenset(), frozenset()]
    assert [entry["event"] for entry in logs] == ["two schedules have one name"]
    assert [(kind, status) for kind, status, _ in stage.cycles] == [("schedule", "failed")]
    assert ScheduleNames(stage.journal).ours(ours, in_a) == {"evacuation monday"}, "the next process there has it"
