"""After a plan that was carried out in part: the rest from where the VMs are, or each back to where it was."""

from dataclasses import replace

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.placement.result import DiskMove
from recommender.planning.follow_up import moves_back, rest_of_moves
from recommender.planning.plan import Plan
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned, step_of

INVENTORY = make_inventory([make_host(name) for name in "abcd"], [make_vm(name, "a") for name in ("v1", "v2", "v3")])
PLAN = planned(INVENTORY, [move(INVENTORY, name, "b") for name in ("v1", "v2", "v3")])
UUIDS = {vm.ref: vm.instance_uuid for vm in INVENTORY.virtual_machines}
DONE = (step_of(PLAN, "v1").number,)
AFTER = INVENTORY.with_vm_on(ref("v1"), ref("b"))


def ends(moves: tuple[object, ...]) -> list[tuple[str, str, str]]:
    return [(one.vm.moid, one.source.moid, one.destination.moid) for one in moves]  # type: ignore[attr-defined]


def test_the_rest_is_what_was_not_done() -> None:
    found = rest_of_moves(AFTER, POLICY, PLAN, DONE, UUIDS)
    assert sorted(ends(found.moves)) == [("v2", "a", "b"), ("v3", "a", "b")]
    assert found.left == {}


def test_the_way_back_is_of_what_was_done() -> None:
    found = moves_back(AFTER, POLICY, PLAN, DONE, UUIDS)
    assert ends(found.moves) == [("v1", "b", "a")]
    assert planned(AFTER, found.moves).steps[0].move.destination == ref("a")


def test_a_vm_over_an_intermediate_host_goes_on_from_there_and_back_from_there() -> None:
    first, second = move(INVENTORY, "v1", "c"), replace(move(INVENTORY, "v1", "b"), source=ref("c"))
    steps = [replace(PLAN.steps[0], move=first), replace(PLAN.steps[0], number=2, move=second, depends_on=(1,))]
    plan = Plan(steps=tuple(steps), makespan_s=20, makespan_p95_s=40, makespan_lower_bound_s=0)
    half = INVENTORY.with_vm_on(ref("v1"), ref("c"))
    assert ends(rest_of_moves(half, POLICY, plan, (1,), UUIDS).moves) == [("v1", "c", "b")]
    assert ends(moves_back(half, POLICY, plan, (1,), UUIDS).moves) == [("v1", "c", "a")]


def test_whoever_was_moved_by_others_or_is_another_vm_now_is_left_with_the_reason() -> None:
    elsewhere = AFTER.with_vm_on(ref("v2"), ref("d"))
    told = rest_of_moves(elsewhere, POLICY, PLAN, DONE, UUIDS | {ref("v3"): "another"})
    assert told.moves == ()
    assert told.left == {
        ref("v2"): "it is on d now, where the plan never had it",
        ref("v3"): "another VM has its address now",
    }
    assert moves_back(INVENTORY, POLICY, PLAN, DONE, UUIDS).moves == ()


def test_a_vm_that_went_to_another_vcenter_comes_back_under_the_id_that_it_has_there() -> None:
    there = replace(INVENTORY.host(ref("b")), ref=EntityRef("other", "h-9"))
    abroad = replace(INVENTORY.vm(ref("v1")), ref=EntityRef("other", "vm-9"), host=there.ref)
    vms = (abroad, *(vm for vm in INVENTORY.virtual_machines if vm.ref != ref("v1")))
    after = replace(INVENTORY, virtual_machines=vms, hosts=(*INVENTORY.hosts, there))
    disks = tuple(
        DiskMove(disk_key=key, source=ref("ds"), destination=ref("far"))
        for key in (HOME, *(disk.key for disk in abroad.disks))
    )
    out = replace(PLAN.steps[0].move, vm=ref("v1"), source=ref("a"), destination=there.ref, disk_moves=disks)
    plan = Plan(steps=(replace(PLAN.steps[0], move=out),), makespan_s=1, makespan_p95_s=2, makespan_lower_bound_s=0)
    number = plan.steps[0].number
    assert ends(moves_back(after, POLICY, plan, {number}, UUIDS).moves) == [("vm-9", "h-9", "a")]

    returned = tuple(replace(one, source=one.destination, destination=one.source) for one in disks)
    back = replace(out, vm=abroad.ref, source=there.ref, destination=ref("a"), disk_moves=returned)
    both = replace(plan, steps=(*plan.steps, replace(plan.steps[0], number=number + 1, move=back)))
    known = UUIDS | {abroad.ref: abroad.instance_uuid}
    assert moves_back(INVENTORY, POLICY, both, {number, number + 1}, known).moves == (), "it is back"
    twice = replace(after, virtual_machines=(*vms, replace(abroad, ref=EntityRef("third", "vm-1"))))
    told = moves_back(twice, POLICY, plan, {number}, UUIDS)
    assert told.left == {ref("v1"): "2 VMs have its instance UUID: other/vm-9, third/vm-1"}
