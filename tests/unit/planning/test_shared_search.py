"""Who waits for whom, where links are shared: a wait more where it is worth one, and none where it is not."""

import pytest

from recommender.constraints.registry import constraints_for
from recommender.planning.order.shared_search import SharedSearch
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.link_use import UNCOUNTED
from recommender.planning.transfers.transfer import Transfer
from recommender.planning.transfers.unshared_timeline import UnsharedTimeline
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move

GIB = 1024
RULES = [rule for rule in constraints_for(POLICY) if rule.continuous]


def search(own_mib_s: float) -> SharedSearch:
    """``small`` and ``large`` leave host a at 100 MiB/s together; ``next`` comes there when ``small`` has left."""
    hosts = [make_host("a", memory_mib=13 * GIB), make_host("b"), make_host("c")]
    vms = [make_vm("small", "a", memory=4 * GIB, cpu=1), make_vm("large", "a", memory=8 * GIB, cpu=1)]
    inventory = make_inventory(hosts, [*vms, make_vm("next", "c", memory=4 * GIB, cpu=1)])
    moves = [move(inventory, "small", "b"), move(inventory, "large", "c"), move(inventory, "next", "a")]
    ends = [("a", "b"), ("a", "c"), ("c", "a")]
    transfers = [
        Transfer(
            fixed_s=1.0,
            work_mib=size,
            own_mib_s=own_mib_s,
            links=((("send", ref(source)), 100.0), (("receive", ref(destination)), 100.0)),
        )
        for size, (source, destination) in zip((1000.0, 2000.0, 3000.0), ends, strict=True)
    ]
    timeline = UnsharedTimeline(inventory, POLICY, RoomStatements(inventory, RULES, moves), moves, 10, UNCOUNTED)
    return SharedSearch(timeline, transfers, [{1, 2}, {0, 2}, {0, 1}])


def test_one_waits_where_two_on_a_link_let_a_third_wait_longer() -> None:
    """Together ``small`` ends at 21 s and ``next`` at 52 s; alone it ends at 11 s, and ``next`` at 42 s."""
    found = search(100.0).better([0.0, 0.0, 21.0], [21.0, 31.0, 52.0], 40)
    assert found == pytest.approx([0.0, 11.0, 11.0])


def test_nobody_waits_where_each_is_slower_than_the_link() -> None:
    found = search(50.0).better([0.0, 21.0, 21.0], [21.0, 62.0, 82.0], 200)
    assert found == pytest.approx([0.0, 0.0, 21.0])


def test_a_start_that_no_end_comes_before_is_none_that_is_carried_out() -> None:
    """At 60 s nothing ends, so ``small`` starts when what ended before has: ``large``, at 21 s."""
    assert search(100.0).better([60.0, 0.0, 71.0], [71.0, 21.0, 102.0], 0) == pytest.approx([21.0, 0.0, 32.0])
