"""How long one waits for room at the least, from host to host, whatever the order."""

import pytest

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.planning.order.room_times import room_times
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.transfer import Transfer
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move

GIB = 1024
RULES = [rule for rule in constraints_for(POLICY) if rule.continuous]


def sent(source: str, destination: str, seconds: float) -> Transfer:
    """A second to prepare, then all of both links."""
    links = ((("send", ref(source)), 100.0), (("receive", ref(destination)), 100.0))
    return Transfer(fixed_s=1.0, work_mib=100.0 * seconds, own_mib_s=100.0, links=links)


def test_a_large_one_waits_for_the_quickest_set_that_makes_room_and_the_next_for_it() -> None:
    """Of 4, 3, 2 and 2 GiB that leave host b the first two make 7 GiB for ``big``."""
    hosts = [make_host("a", memory_mib=9 * GIB), make_host("b", memory_mib=12 * GIB), make_host("c"), make_host("d")]
    sizes = {"four": 4, "three": 3, "two": 2, "too": 2}
    vms = [make_vm(name, "b", memory=size * GIB, cpu=1) for name, size in sizes.items()]
    vms += [make_vm("big", "a", memory=8 * GIB, cpu=1), make_vm("last", "d", memory=2 * GIB, cpu=1)]
    inventory = make_inventory(hosts, vms)
    moves = [move(inventory, name, "c") for name in sizes]
    moves += [move(inventory, "big", "b"), move(inventory, "last", "a")]
    seconds = (40.0, 30.0, 20.0, 21.0)
    transfers = [sent("b", "c", long) for long in seconds] + [sent("a", "b", 80.0), sent("d", "a", 5.0)]
    found = room_times(RoomStatements(inventory, RULES, moves), moves, transfers)
    # 40 + 30 s on the link of b after a second; 30 + 20 + 21 s would be more.
    assert found.heads == pytest.approx([0, 0, 0, 0, 71.0, 71.0 + 81.0], rel=1e-6)
    assert found.tails[4] == pytest.approx(6.0)
    assert found.tails[0] == 0.0


def test_who_must_stay_apart_comes_after_the_other_has_left() -> None:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("x"), ref("y")))
    vms = [make_vm("x", "a", cpu=1), make_vm("y", "b", cpu=1)]
    inventory = make_inventory([make_host(n) for n in "abc"], vms, vm_anti_affinity_rules=(rule,))
    moves = [move(inventory, "x", "b"), move(inventory, "y", "c")]
    found = room_times(RoomStatements(inventory, RULES, moves), moves, [sent("a", "b", 9.0), sent("b", "c", 4.0)])
    assert (found.heads, found.tails) == ([5.0, 0.0], [0.0, 10.0])


def test_the_second_leg_comes_after_the_first() -> None:
    inventory = make_inventory([make_host(n) for n in "abc"], [make_vm("x", "a", cpu=1)])
    first, second = move(inventory, "x", "b"), move(inventory.with_vm_on(ref("x"), ref("b")), "x", "c")
    found = room_times(
        RoomStatements(inventory, RULES, [first, second]),
        [first, second],
        [sent("a", "b", 9.0), sent("b", "c", 4.0)],
    )
    assert (found.heads, found.tails) == ([0.0, 10.0], [5.0, 0.0])
