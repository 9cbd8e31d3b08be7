"""The VMs in which vCenter and this program run stay where the policy says so."""

import pytest

from recommender.constraints.control_plane_vm import ControlPlaneVm
from recommender.inventory.inventory import Inventory
from recommender.relocation_policy import ControlPlaneMove
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import hosts_for, reasons_against

NEVER, LAST = ControlPlaneVm(ControlPlaneMove.NEVER), ControlPlaneVm(ControlPlaneMove.LAST)


def estate(role: str | None) -> Inventory:
    return make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1", control_plane=role)])


@pytest.mark.parametrize(
    ("rule", "role", "reasons"),
    [
        (NEVER, "vCenter prod", ["the policy never moves the VM of vCenter prod: move it by hand"]),
        (LAST, "vCenter prod", []),
        (NEVER, None, []),
    ],
)
def test_it_is_moved_or_not(rule: ControlPlaneVm, role: str | None, reasons: list[str]) -> None:
    inventory = estate(role)
    assert reasons_against(rule, inventory, "h2") == reasons
    assert ("h2" in hosts_for(rule, inventory)) is (reasons == [])
