"""Situations that plans have to find their way through, or say why there is none; each with why its answer is right."""

from dataclasses import replace

from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned, step_of

GIB = 1024


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
