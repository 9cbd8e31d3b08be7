"""What holds a VM is told with it, on one line."""

from typing import Any

import pytest

from recommender.inventory.pin import Pin
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.placement.ranking import HostRanking
from recommender.report.explanation import Explanation, explanation_document
from tests.inventories import make_host, make_inventory, make_vm, ref


def held(**vm: Any) -> str | None:
    inventory = make_inventory([make_host("h")], [make_vm("v", "h", **vm)])
    machine = inventory.vm(ref("v"))
    ranking = HostRanking(vm=machine.ref, stays_broken=(), options=(), refusals=())
    told: str | None = explanation_document(inventory, Explanation(vm=machine, move=None, ranking=ranking))[
        "facts"
    ].get("held")
    return told


def test_a_vm_that_nothing_holds_has_no_such_line() -> None:
    assert held() is None
    assert held(pins=None, drs_behavior=VmDrsBehavior.MANUAL) is None


@pytest.mark.parametrize(
    ("vm", "told"),
    [
        ({"relocate_disabled": True}, "vCenter has disabled its relocation for now"),
        ({"busy_with": "snap\x1b[31m"}, "a task works on it: snap\\x1b[31m"),
        ({"drs_behavior": VmDrsBehavior.DISABLED}, "its VM override switches DRS off"),
        (
            {"consolidation_needed": True, "pins": (Pin.SRIOV_DEVICE, Pin.PASSTHROUGH_DEVICE)},
            "its disks need consolidation; an SR-IOV network adapter; a PCI passthrough device",
        ),
    ],
)
def test_everything_that_holds_it_is_told(vm: dict[str, Any], told: str) -> None:
    assert held(**vm) == told
