"""Only rules between VMs, and only of moves between clusters of one vCenter, can be made anew."""

from dataclasses import replace

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.kept_rules import KeptRule, rules_to_keep
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import move

VMS = (ref("a"), ref("b"))


def estate() -> Inventory:
    return make_inventory(
        [
            make_host("h1", cluster=ref("c1")),
            make_host("h2", cluster=ref("c1")),
            make_host("h3", cluster=ref("c2")),
            make_host("alone"),
            make_host("abroad", ref=EntityRef("other", "h9"), cluster=EntityRef("other", "c1")),
        ],
        [make_vm("a", "h1"), make_vm("b", "h2")],
        vm_affinity_rules=(VmAffinityRule(name="together", vms=VMS),),
        vm_anti_affinity_rules=(VmAntiAffinityRule(name="apart", vms=VMS),),
        vm_host_rules=(VmHostRule(name="near", vms=VMS, hosts=(ref("h1"),)),),
    )


def test_rules_between_vms_are_kept_where_the_cluster_changes() -> None:
    inventory = estate()
    assert rules_to_keep(inventory, move(inventory, "a", "h3")) == (
        KeptRule(name="together", vms=VMS, is_affine=True),
        KeptRule(name="apart", vms=VMS, is_affine=False),
    )


def test_elsewhere_there_is_nothing_to_make_anew() -> None:
    inventory = estate()
    for host in ("h2", "alone", "gone"):
        assert rules_to_keep(inventory, move(inventory, "a", host)) == ()
    assert rules_to_keep(inventory, replace(move(inventory, "a", "h3"), destination=EntityRef("other", "h9"))) == ()
