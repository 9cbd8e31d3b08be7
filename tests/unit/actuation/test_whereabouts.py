"""A VM that was sent to another vCenter is looked for in both, and what cannot be told is not guessed."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from recommender.actuation.whereabouts import whereabouts
from recommender.inventory.reference import EntityRef
from recommender.ports import StepState, TaskStatus, VmPlace
from recommender.simulation.clock import MONDAY_MORNING
from tests.inventories import ref
from tests.unit.actuation.test_settle import AT_SOURCE, ERROR, SUCCESS, Scripted, settle

THERE = replace(AT_SOURCE, vm=EntityRef("new", "vm-900"), host=EntityRef("new", "host-1"))
STRANGER = replace(AT_SOURCE, instance_uuid="uuid-of-another")


@dataclass
class TwoVCenters(Scripted):
    """A VM in none, one or both of them, and vCenter's tasks."""

    here: VmPlace | None
    there: VmPlace | None
    tasks: tuple[TaskStatus, ...] = ()
    listed: tuple[TaskStatus, ...] = ()
    silent: bool = False

    def place_of(self, vm: EntityRef) -> VmPlace | None:
        assert vm == ref("v")
        return self.here

    def found_in(self, vcenter: str, instance_uuid: str) -> VmPlace | None:
        assert (vcenter, instance_uuid) == ("new", "uuid-v")
        return self.there


@pytest.mark.parametrize(
    ("here", "there", "has_succeeded", "place", "riddle"),
    [
        (AT_SOURCE, None, False, AT_SOURCE, None),
        (None, THERE, False, THERE, None),
        (STRANGER, THERE, False, THERE, None),
        (AT_SOURCE, THERE, True, THERE, None),
        (AT_SOURCE, THERE, False, None, "the VM is in vCenter vc and in vCenter new"),
        (None, None, True, None, "the VM is in neither vCenter vc nor vCenter new"),
        (STRANGER, None, False, None, "the VM is in neither vCenter vc nor vCenter new"),
    ],
)
def test_where_it_is(
    here: VmPlace | None, there: VmPlace | None, has_succeeded: bool, place: VmPlace | None, riddle: str | None
) -> None:
    seen = whereabouts(TwoVCenters(here, there), ref("v"), "uuid-v", "new", has_succeeded=has_succeeded)
    assert (seen.place, seen.riddle) == (place, riddle)


def test_within_one_vcenter_no_other_is_asked() -> None:
    assert whereabouts(TwoVCenters(AT_SOURCE, None), ref("v"), "uuid-v", "vc", has_succeeded=False).place == AT_SOURCE


@pytest.mark.parametrize("ended", [SUCCESS, ERROR])
def test_a_vm_in_neither_vcenter_whose_task_has_ended_is_gone(ended: TaskStatus) -> None:
    outcome, after_s = settle(TwoVCenters(None, None, (ended,)), destination=THERE.host)
    assert (outcome.state, outcome.detail, after_s) == (StepState.FAILED, "the VM is gone", 30.0)


def test_without_its_task_a_vm_in_neither_vcenter_may_still_be_handed_over_for_as_long_as_a_task_may_run() -> None:
    nowhere = TwoVCenters(None, None)
    outcome, after_s = settle(nowhere, destination=THERE.host)
    assert (outcome.state, after_s) == (StepState.UNKNOWN, 30.0)
    long_ago = MONDAY_MORNING - timedelta(seconds=1000)
    assert settle(nowhere, destination=THERE.host, doubtful_since=long_ago)[0].state is StepState.FAILED


def test_a_vm_in_both_vcenters_stays_unknown() -> None:
    outcome, _ = settle(TwoVCenters(AT_SOURCE, THERE, (ERROR,)), destination=THERE.host)
    assert outcome.state is StepState.UNKNOWN
