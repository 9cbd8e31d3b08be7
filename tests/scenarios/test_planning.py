"""Situations that plans have to find their way through, or say why there is none; each with why its answer is right."""

from dataclasses import replace

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.site import SiteLink
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned, step_of

GIB = 1024


def test_two_that_take_each_others_room_pass_over_a_third_host() -> None:
    """Each host has room for one of them only: one has to step aside, which costs a third migration and no more."""
    hosts = [make_host(name, memory_mib=10 * GIB) for name in ("a", "b", "aside")]
    inventory = make_inventory(hosts, [make_vm("one", "a", memory=8 * GIB), make_vm("two", "b", memory=8 * GIB)])
    plan = planned(inventory, [move(inventory, "one", "b"), move(inventory, "two", "a")])
    assert plan.blocked == ()
    assert len(plan.steps) == 3
    assert sum(step.move.destination == ref("aside") for step in plan.steps) == 1


def test_two_that_take_each_others_room_and_no_third_host_are_blocked_together() -> None:
    """Nowhere to step aside: both stay, and the reason has the memory that is lacking."""
    hosts = [make_host(name, memory_mib=10 * GIB) for name in ("a", "b")]
    inventory = make_inventory(hosts, [make_vm("one", "a", memory=8 * GIB), make_vm("two", "b", memory=8 * GIB)])
    plan = planned(inventory, [move(inventory, "one", "b"), move(inventory, "two", "a")])
    assert plan.steps == ()
    (group,) = plan.blocked
    assert {one.vm for one in group.moves} == {ref("one"), ref("two")}
    assert "they wait for each other" in group.reason
    assert "MiB" in group.reason


def test_two_that_must_stay_apart_pass_each_other_without_ever_meeting() -> None:
    """In flight a VM counts at both ends, so an exchange in two steps would have both on one host: it takes three."""
    rule = VmAntiAffinityRule(name="apart", vms=(ref("one"), ref("two")))
    hosts = [make_host(name) for name in "abc"]
    inventory = make_inventory(hosts, [make_vm("one", "a"), make_vm("two", "b")], vm_anti_affinity_rules=(rule,))
    plan = planned(inventory, [move(inventory, "one", "b"), move(inventory, "two", "a")])
    assert plan.blocked == ()
    assert len(plan.steps) == 3
    for step in plan.steps:
        others = [other for other in plan.steps if other.move.vm != step.move.vm]
        assert all(other.end_s <= step.start_s or step.end_s <= other.start_s for other in others)


def test_hosts_that_may_not_hold_two_at_once_are_emptied_one_after_the_other() -> None:
    """The only destination has room for both in the end, as one of its own leaves first: the order follows from it."""
    hosts = [make_host("a"), make_host("b"), make_host("target", memory_mib=20 * GIB), make_host("else")]
    vms = [make_vm("own", "target", memory=12 * GIB)] + [make_vm(f"v-{h}", h, memory=9 * GIB) for h in "ab"]
    inventory = make_inventory(hosts, vms)
    moves = [move(inventory, "v-a", "target"), move(inventory, "v-b", "target"), move(inventory, "own", "else")]
    plan = planned(inventory, moves)
    assert plan.blocked == ()
    own = step_of(plan, "own")
    assert all(step_of(plan, name).start_s >= own.end_s for name in ("v-a", "v-b"))
    assert all(own.number in step_of(plan, name).depends_on for name in ("v-a", "v-b"))


def test_a_site_beyond_the_round_trip_time_is_blocked_with_both_numbers() -> None:
    """vMotion is supported up to 150 ms: at 180 ms nothing is sent, however much time there is."""
    hosts = [make_host("near", site="east"), make_host("far", site="west")]
    link = SiteLink(site_a="east", site_b="west", rtt_ms=180.0)
    inventory = make_inventory(hosts, [make_vm("v", "near")], site_links=(link,))
    plan = planned(inventory, [move(inventory, "v", "far")])
    assert plan.steps == ()
    assert "180" in plan.blocked[0].reason
    assert "150" in plan.blocked[0].reason


def test_a_full_datastore_takes_a_disk_once_another_has_left_it() -> None:
    """Space is held at the destination from the start and at the source until the end, so the second has to wait."""
    hosts = [make_host("a", datastores=("ds", "full", "spare"))]
    vms = [make_vm("leaves", "a", datastore="full"), make_vm("comes", "a", datastore="ds")]
    inventory = make_inventory(hosts, vms)
    size_mib = inventory.vm(ref("leaves")).disks[0].size_mib
    stores = tuple(
        replace(store, capacity_mib=size_mib, free_mib=0) if store.ref == ref("full") else store
        for store in inventory.datastores
    )
    policy = replace(POLICY, datastore_reserve_percent=0, datastore_growth_percent=0)
    tight = replace(inventory, datastores=stores)
    moves = [move(tight, "comes", "a", datastore="full"), move(tight, "leaves", "a", datastore="spare")]
    plan = planned(tight, moves, policy)
    assert plan.blocked == ()
    assert step_of(plan, "comes").start_s >= step_of(plan, "leaves").end_s
