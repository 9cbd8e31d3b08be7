"""A timeline made shorter window by window stays one that room, units and links allow."""

from collections.abc import Sequence

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.order.room_times import room_times
from recommender.planning.order.search import one_by_one
from recommender.planning.order.window_search import shorter_by_windows
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.link_use import HELD, HELD_AND_SHARED, WHILE_SENDING
from recommender.planning.transfers.transfer import median_transfer
from recommender.planning.transfers.unshared_timeline import Timed, UnsharedTimeline
from tests.benchmark.move_fleets import POLICY as FLEET_POLICY
from tests.benchmark.move_fleets import exchange
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import POLICY, move

GIB = 1024


def timeline_of(inventory: Inventory, moves: Sequence[Move]) -> UnsharedTimeline:
    rules = [rule for rule in constraints_for(FLEET_POLICY) if rule.continuous]
    return UnsharedTimeline(inventory, FLEET_POLICY, RoomStatements(inventory, rules, moves), moves, 10, HELD)


def crowded() -> tuple[UnsharedTimeline, Timed]:
    """120 exchanges one after the other at each host, those first that others wait for."""
    case = exchange(120, 1)
    rules = [rule for rule in constraints_for(FLEET_POLICY) if rule.continuous]
    said = RoomStatements(case.inventory, rules, case.moves)
    transfers = [median_transfer(case.inventory, FLEET_POLICY, one) for one in case.moves]
    timeline = timeline_of(case.inventory, case.moves)
    order = one_by_one(timeline, room_times(said, case.moves, transfers).tails)[0]
    timed = timeline.timed(order, in_turn=True)
    assert timed is not None
    return timeline, timed


def is_kept(timeline: UnsharedTimeline, starts: Sequence[int]) -> bool:
    """Whether nothing ever runs out, asked at every start and end in order of time, ends first."""
    ends = [(start + length, 0, number) for number, (start, length) in enumerate(_pairs(timeline, starts))]
    free = list(timeline.free)
    for _, is_start, number in sorted([*ends, *((start, 1, number) for number, start in enumerate(starts))]):
        for amount, count in [*timeline.lent(number), *(timeline.taken if is_start else timeline.given)(number)]:
            free[amount] += -count if is_start else count
        if min(free) < 0:
            return False
    return True


def _pairs(timeline: UnsharedTimeline, starts: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(starts, timeline.lengths, strict=True))


def test_windows_make_a_crowded_exchange_shorter_and_nothing_runs_out() -> None:
    timeline, timed = crowded()
    assert is_kept(timeline, timed.starts)
    shifted = timeline.left_shifted(timed.starts)
    assert is_kept(timeline, shifted)
    assert all(new <= old for new, old in zip(shifted, timed.starts, strict=True))
    found = shorter_by_windows(timeline, timed.starts, 0.2, 0)
    assert is_kept(timeline, found)
    assert max(map(sum, _pairs(timeline, found))) < 0.95 * timed.end
    assert shorter_by_windows(timeline, timed.starts, 0.2, 0) == found
    assert not is_kept(timeline, [0] * len(found))


def test_nothing_is_looked_for_below_what_is_enough() -> None:
    timeline, timed = crowded()
    assert shorter_by_windows(timeline, timed.starts, 0.3, timed.end) == timeline.left_shifted(timed.starts)


def test_one_by_one_takes_the_most_urgent_that_can_go_and_says_when_none_leads_anywhere() -> None:
    hosts = [make_host("a", memory_mib=9 * GIB), make_host("b", memory_mib=9 * GIB), make_host("c")]
    vms = [make_vm("x", "a", memory=8 * GIB, cpu=1), make_vm("y", "b", memory=8 * GIB, cpu=1)]
    inventory = make_inventory(hosts, vms)
    x, y = move(inventory, "x", "b"), move(inventory, "y", "c")
    assert one_by_one(timeline_of(inventory, [x, y]), [2.0, 1.0])[0] == [1, 0]
    assert one_by_one(timeline_of(inventory, [x, move(inventory, "y", "a")]), [2.0, 1.0]) == []


def test_a_held_link_is_taken_from_start_to_end_and_a_shared_one_by_as_many_as_nearly_fit() -> None:
    assert [HELD.parts(own, 100.0) for own in (200.0, 100.0, 59.0, 40.0)] == [100, 100, 59, 40]
    assert [HELD_AND_SHARED.parts(own, 100.0) for own in (200.0, 100.0, 70.0, 59.0, 40.0)] == [100, 100, 70, 50, 40]
    inventory = make_inventory([make_host("a"), make_host("b")], [make_vm("x", "a", cpu=1), make_vm("y", "a", cpu=1)])
    moves = [move(inventory, name, "b", seconds=10.0, sent_mib=500.0) for name in "xy"]  # little of it on the link
    rules = [rule for rule in constraints_for(POLICY) if rule.continuous]
    said = RoomStatements(inventory, rules, moves)
    ends = [UnsharedTimeline(inventory, POLICY, said, moves, 10, use).timed([0, 1]) for use in (WHILE_SENDING, HELD)]
    assert [one and one.end for one in ends][1] == 200
    assert ends[0] is not None
    assert ends[0].end < 120
