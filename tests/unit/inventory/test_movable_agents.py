"""An extension's VMs are ours to move only where the policy names the extension; vCLS VMs never are."""

from recommender.inventory.movable_agents import with_movable_agents
from recommender.inventory.virtual_machine import VmKind
from tests.inventories import make_host, make_inventory, make_vm


def test_only_agents_of_extensions_that_are_named_become_ordinary() -> None:
    before = make_inventory(
        [make_host("h")],
        [
            make_vm("ours", "h", kind=VmKind.AGENT, managed_by="com.example.appliance"),
            make_vm("srm", "h", kind=VmKind.AGENT, managed_by="com.vmware.vcDr"),
            make_vm("vcls", "h", kind=VmKind.VCLS, managed_by="com.example.appliance"),
            make_vm("web", "h"),
        ],
    )
    after = with_movable_agents(before, ("com.example.appliance",))
    assert {vm.name: vm.kind for vm in after.virtual_machines} == {
        "ours": VmKind.ORDINARY,
        "srm": VmKind.AGENT,
        "vcls": VmKind.VCLS,
        "web": VmKind.ORDINARY,
    }
    assert with_movable_agents(before, ()) is before
