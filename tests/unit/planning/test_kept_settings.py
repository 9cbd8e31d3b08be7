"""What is to be said of a VM again where it comes to, from before anything of it has left."""

from dataclasses import replace

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmGroup, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.planning.kept_settings import (
    KeptHostRule,
    KeptRule,
    KeptSettings,
    KeptVm,
    settings_to_keep,
    with_earlier_members,
)
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import move

VMS = (ref("a"), ref("b"))
A, B = KeptVm(ref("a"), "uuid-a"), KeptVm(ref("b"), "uuid-b")


def estate() -> Inventory:
    hosts = (ref("h1"),)
    return make_inventory(
        [
            make_host("h1", cluster=ref("c1")),
            make_host("h2", cluster=ref("c1")),
            make_host("h3", cluster=ref("c2")),
            make_host("alone"),
            make_host("abroad", ref=EntityRef("other", "h9"), cluster=EntityRef("other", "c1")),
        ],
        [
            make_vm("a", "h1", drs_behavior=VmDrsBehavior.DISABLED, ha_restart_priority="high"),
            make_vm("b", "h2"),
            make_vm("plain", "h2"),
        ],
        clusters=(
            Cluster(
                ref=ref("c1"),
                name="c1",
                datacenter="dc",
                vm_groups=(VmGroup(name="dbs", vms=VMS), VmGroup(name="webs", vms=(ref("plain"),))),
            ),
        ),
        vm_affinity_rules=(VmAffinityRule(name="together", vms=VMS),),
        vm_anti_affinity_rules=(VmAntiAffinityRule(name="apart", vms=VMS),),
        vm_host_rules=(
            VmHostRule(name="near", vms=VMS, hosts=hosts, vm_group="dbs", host_group="rack", is_mandatory=False),
            VmHostRule(name="of the policy, which holds everywhere", vms=VMS, hosts=hosts),
        ),
    )


EVERYTHING = KeptSettings(
    vm=A,
    rules=(
        KeptRule(name="together", vms=(A, B), is_affine=True),
        KeptRule(name="apart", vms=(A, B), is_affine=False),
    ),
    groups=("dbs",),
    host_rules=(KeptHostRule(name="near", vm_group="dbs", host_group="rack", is_affine=True, is_mandatory=False),),
    drs_behavior=VmDrsBehavior.DISABLED,
    ha_restart_priority="high",
)


def test_everything_is_kept_where_the_cluster_changes_in_another_vcenter_too() -> None:
    inventory = estate()
    assert settings_to_keep(inventory, move(inventory, "a", "h3")) == EVERYTHING
    abroad = replace(move(inventory, "a", "h3"), destination=EntityRef("other", "h9"))
    assert settings_to_keep(inventory, abroad) == EVERYTHING


def test_elsewhere_there_is_nothing_to_make_anew() -> None:
    inventory = estate()
    for host in ("h2", "alone", "gone"):
        assert settings_to_keep(inventory, move(inventory, "a", host)) is None


def test_of_which_nothing_is_said_nothing_is_kept_but_its_groups() -> None:
    inventory = estate()
    kept = settings_to_keep(inventory, move(inventory, "plain", "h3"))
    assert kept == KeptSettings(vm=KeptVm(ref("plain"), "uuid-plain"), groups=("webs",))
    bare = replace(inventory, clusters=())
    assert settings_to_keep(bare, move(bare, "plain", "h3")) is None


def test_vms_that_left_on_another_night_are_members_all_the_same() -> None:
    alone = KeptSettings(vm=A, rules=(KeptRule(name="together", vms=(A,), is_affine=True),))
    moved = KeptVm(EntityRef("old", "b"), "uuid-b")  # it has a new address by now
    gone = KeptVm(ref("c"), "uuid-c")  # nothing tells that the rule was still its own when it left, if it did
    earlier = (
        KeptSettings(vm=moved, rules=(KeptRule(name="together", vms=(A, moved, gone), is_affine=True),)),
        KeptSettings(vm=B, rules=(KeptRule(name="together", vms=(A, B), is_affine=False),)),  # another rule
        KeptSettings(vm=B, rules=(KeptRule(name="together", vms=(B,), is_affine=True),)),  # not of this VM
    )
    (rule,) = with_earlier_members(alone, earlier).rules
    assert {vm.instance_uuid for vm in rule.vms} == {"uuid-a", "uuid-b"}
    assert with_earlier_members(alone, ()) == alone
