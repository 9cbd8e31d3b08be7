"""What a former process left open of a VM's settings is completed before anything new is decided, unless paused."""

from dataclasses import replace
from datetime import datetime

from recommender.planning.kept_settings import KeptRule, KeptSettings, KeptVm
from recommender.ports import Order, OrderKind, StepState
from recommender.restoration import RestorationState, SettingsThere
from recommender.service.open_steps import Settled, settle_open_steps
from recommender.simulation.datacenter import SimulatedDataCenter
from tests.inventories import ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage, overloaded

PAIR = (KeptVm(ref("v0"), "uuid-v0"), KeptVm(ref("v1"), "uuid-v1"))
KEPT = KeptSettings(vm=PAIR[0], rules=(KeptRule(name="apart", vms=PAIR, is_affine=False),))


class Lacking(SimulatedDataCenter):
    """Its clusters lack the rule until they are asked for it; ``asked``: under which operations."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(overloaded(), stage.clock)
        self.asked: list[str] = []

    def settings_there(self, kept: KeptSettings, destination: object) -> SettingsThere:
        del destination
        return SettingsThere(told=("told",), lacking=() if self.asked else tuple(rule.name for rule in kept.rules))

    def restore_settings(self, kept: KeptSettings, destination: object, operation_id: str) -> SettingsThere:
        self.asked.append(operation_id)
        return self.settings_there(kept, destination)


def a_stage() -> tuple[Stage, list[str]]:
    stage = Stage()
    there = Lacking(stage)
    stage.world = replace(stage.world, migrator=there)
    stage.journal.restorations.expect("p" * 64, 3, KEPT, ref("b"))
    return stage, there.asked


def settled(stage: Stage) -> tuple[Settled, ...]:
    return settle_open_steps(stage.world, stage.journal, stop=lambda: False, patience=PATIENCE)


def order(kind: OrderKind, at: datetime) -> Order:
    return Order(kind=kind, author="ann", reason="", at=at)


def test_what_was_never_asked_for_is_asked_for_once() -> None:
    stage, asked = a_stage()
    (one,) = settled(stage)
    assert one.outcome.state is StepState.DONE
    assert asked == [f"recommender-{'p' * 16}-3-settings"]
    assert settled(stage) == ()
    assert len(asked) == 1


def test_what_may_have_been_asked_for_is_looked_for_and_then_told_as_missing() -> None:
    stage, asked = a_stage()
    stage.journal.restorations.intend("p" * 64, 3, "operation", stage.clock.now())
    assert settled(stage) == (), "it may still show"
    stage.clock.sleep(PATIENCE.appear_s + 1)
    (one,) = settled(stage)
    assert (one.outcome.state, asked) == (StepState.FAILED, [])
    assert stage.journal.restorations.open() == ()


def test_a_pause_holds_it_and_other_vcenters_are_left_alone() -> None:
    stage, asked = a_stage()
    stage.journal.order = order(OrderKind.PAUSE, stage.clock.now())
    assert settled(stage) == ()
    stage.journal.order = None
    stage.world = replace(stage.world, vcenters=frozenset({"another"}))
    assert settled(stage) == ()
    assert asked == []
    (left,) = stage.journal.restorations.open()
    assert left.state is RestorationState.PENDING
