"""A VM that was sent to another vCenter is looked for in both, and what cannot be told is not guessed."""

from dataclasses import dataclass, replace

import pytest

from recommender.actuation.whereabouts import whereabouts
from recommender.inventory.reference import EntityRef
from recommender.ports import VmPlace
from tests.inventories import ref
from tests.unit.actuation.test_settle import AT_SOURCE, Scripted

THERE = replace(AT_SOURCE, vm=EntityRef("new", "vm-900"), host=EntityRef("new", "host-1"))
STRANGER = replace(AT_SOURCE, instance_uuid="uuid-of-another")


@dataclass
class TwoVCenters(Scripted):
    """A VM in none, one or both of them."""

    here: VmPlace | None
    there: VmPlace | None

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
