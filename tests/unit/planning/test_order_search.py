"""Timelines in which nothing is shared, and orders found for them: never shorter than the rules allow."""

from itertools import pairwise

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.order.search import earliest_ends, shortest_order
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.unshared_timeline import NOBODY, UnsharedTimeline
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import POLICY, move

GIB = 1024
RULES = [rule for rule in constraints_for(POLICY) if rule.continuous]


def timeline_of(inventory: Inventory, moves: list[Move]) -> UnsharedTimeline:
    return UnsharedTimeline(inventory, POLICY, RoomStatements(inventory, RULES, moves), moves, 10)


def a_big_one_waits() -> tuple[Inventory, list[Move]]:
    """Host b has room for ``big`` once ``leaves`` has left, and now for ``small``, in whose place ``big`` would be."""
    hosts = [make_host("a"), make_host("b", memory_mib=20 * GIB), make_host("c")]
    vms = [make_vm("leaves", "b", memory=8 * GIB, cpu=1), make_vm("rests", "b", memory=3 * GIB, cpu=1)]
    vms += [make_vm("big", "a", memory=12 * GIB, cpu=1), make_vm("small", "c", memory=4 * GIB, cpu=1)]
    inventory = make_inventory(hosts, vms)
    moves = [
        move(inventory, "leaves", "c", seconds=10.0),
        move(inventory, "big", "b", seconds=20.0),
        move(inventory, "small", "b", seconds=1.0),
    ]
    return inventory, moves


def test_room_is_held_at_both_ends_and_who_let_it_start_is_known() -> None:
    inventory, moves = a_big_one_waits()
    timed = timeline_of(inventory, moves[:2]).timed([1, 0])
    assert timed is not None
    assert timed.starts == [0, 100]
    assert timed.let_by == [NOBODY, 0]
    assert (timed.end, timed.total) == (300, 400)


def test_in_turn_small_ones_take_no_room_that_a_large_one_waits_for() -> None:
    """Taken at once, the small one's place is lacking until ``more`` has left too, which takes a minute."""
    hosts = [make_host("a"), make_host("b", memory_mib=24 * GIB), make_host("c")]
    vms = [make_vm("leaves", "b", memory=8 * GIB, cpu=1), make_vm("more", "b", memory=8 * GIB, cpu=1)]
    vms += [make_vm("big", "a", memory=12 * GIB, cpu=1), make_vm("small", "c", memory=6 * GIB, cpu=1)]
    inventory = make_inventory(hosts, vms)
    moves = [move(inventory, "leaves", "c", seconds=10.0), move(inventory, "more", "c", seconds=60.0)]
    moves += [move(inventory, "big", "b", seconds=30.0), move(inventory, "small", "b", seconds=5.0)]
    timeline = timeline_of(inventory, moves)
    greedy, in_turn = timeline.timed([0, 1, 2, 3]), timeline.timed([0, 1, 2, 3], in_turn=True)
    assert greedy is not None
    assert in_turn is not None
    assert (greedy.starts[2], greedy.end) == (600, 900)
    assert (in_turn.starts[2], in_turn.end) == (100, 650)


def test_what_is_cut_off_is_no_timeline() -> None:
    inventory, moves = a_big_one_waits()
    timeline = timeline_of(inventory, moves[:2])
    assert timeline.timed([0, 1], cut=299) is None
    assert timeline.timed([0, 1], cut=300) is not None


def test_short_ones_first_unless_all_would_be_over_later() -> None:
    """On one host one at a time: the sum of ends falls, the end of all stays."""
    inventory = make_inventory(
        [make_host("a"), make_host("b")], [make_vm(f"v{n}", "a", memory=GIB, cpu=1) for n in range(4)]
    )
    seconds = (40.0, 10.0, 30.0, 20.0)
    moves = [
        move(inventory, f"v{n}", "b", seconds=long, sent_mib=1e9)  # all of its time on the link
        for n, long in enumerate(seconds)
    ]
    timeline = timeline_of(inventory, moves)
    found = earliest_ends(timeline, [[0, 1, 2, 3]], 60, latest=1000)
    assert found is not None
    assert found.end == 1000
    assert found.total == 100 + 300 + 600 + 1000
    by_start = sorted(range(4), key=lambda number: found.starts[number])
    assert [seconds[one] for one in by_start] == [10.0, 20.0, 30.0, 40.0]
    assert all(found.starts[after] >= found.starts[one] + timeline.lengths[one] for one, after in pairwise(by_start))
    assert earliest_ends(timeline, [[0, 1, 2, 3]], 60, latest=999) is None


def test_moves_of_which_some_can_never_start_have_no_order() -> None:
    hosts = [make_host(name, memory_mib=10 * GIB) for name in "ab"]
    inventory = make_inventory(hosts, [make_vm("one", "a", memory=8 * GIB), make_vm("two", "b", memory=8 * GIB)])
    timeline = timeline_of(inventory, [move(inventory, "one", "b"), move(inventory, "two", "a")])
    assert shortest_order(timeline, [[0, 1], [1, 0]], 20) is None
