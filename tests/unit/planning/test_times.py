"""Times of migrations that share links, times at p95, and what no order can undercut."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.constraints.registry import constraints_for
from recommender.inventory.host import VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.migration.estimate import MigrationKind
from recommender.move_order import LargeMoves, OrderPolicy
from recommender.planning.lower_bound import lower_bound_s
from recommender.planning.order.kept import end_in_same_order, times_in_same_order
from recommender.planning.plan import PlanStep
from recommender.planning.transfers.running import Running
from recommender.planning.transfers.transfer import Transfer, late_transfer, median_transfer
from recommender.planning.windows.finish_times import finish_times_s
from recommender.quantities import mib_s_from_mbit_s
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, estimate, move, planned, timeline

LINE_RATE = replace(POLICY, migration=replace(POLICY.migration, usable_line_rate=1.0))
TEN_GBIT_S = mib_s_from_mbit_s(10_000)


def on_a(count: int, **changes: Any) -> Inventory:
    hosts = [make_host(name, **changes) for name in "abc"]
    return make_inventory(hosts, [make_vm(f"v{n}", "a", memory=1024, cpu=100) for n in range(count)])


def one_link(work_mib: float, fixed_s: float = 0.0) -> Transfer:
    return Transfer(fixed_s=fixed_s, work_mib=work_mib, own_mib_s=10.0, links=(("link", 10.0),))


def test_those_that_share_a_link_take_longer_until_one_has_ended() -> None:
    """40 and 80 MiB at 10 MiB/s: 5 each until 8 s, then the second alone for its last 40."""
    running = Running()
    running.start(1, one_link(40.0))
    running.start(2, one_link(80.0))
    assert (running.advance(), running.now_s) == ([1], 8.0)
    assert (running.advance(), running.now_s) == ([2], 12.0)
    assert (running.advance(), len(running)) == ([], 0)


def test_nothing_is_sent_during_the_fixed_part() -> None:
    running = Running()
    running.start(1, one_link(40.0))
    running.start(2, one_link(40.0, fixed_s=4.0))
    assert (running.advance(), running.now_s) == ([1], 4.0)
    assert (running.advance(), running.now_s) == ([2], 8.0)


def test_what_ends_at_one_moment_ends_together() -> None:
    running = Running()
    for number in range(3):
        running.start(number, one_link(10.0, fixed_s=0.1))
    running.start(3, one_link(0.0, fixed_s=9.0))
    assert running.advance() == [0, 1, 2]


def test_a_transfer_alone_takes_what_was_predicted() -> None:
    inventory = on_a(1)
    vmotion = move(inventory, "v0", "b", seconds=10.0, sent_mib=5 * TEN_GBIT_S)
    transfer = median_transfer(inventory, LINE_RATE, vmotion)
    assert transfer.fixed_s == pytest.approx(5.0)
    assert transfer.work_mib == pytest.approx(5 * TEN_GBIT_S)
    assert transfer.alone_s == pytest.approx(10.0)
    assert late_transfer(inventory, LINE_RATE, vmotion).alone_s == pytest.approx(20.0)
    assert late_transfer(inventory, LINE_RATE, vmotion).fixed_s == pytest.approx(5.0)


def test_only_what_crosses_the_vmotion_network_shares_it() -> None:
    hosts = [make_host("a", datastores=("ds", "near")), make_host("b", datastores=("ds", "near", "far"))]
    inventory = make_inventory(hosts, [make_vm("v0", "a")])  # one disk of 20,480 MiB
    sent_mib = 20_480 + 2 * TEN_GBIT_S
    near = move(inventory, "v0", "b", seconds=100.0, datastore="near", sent_mib=sent_mib)
    far = move(inventory, "v0", "b", seconds=100.0, datastore="far", sent_mib=sent_mib)
    assert median_transfer(inventory, LINE_RATE, near).fixed_s == pytest.approx(98.0)
    assert median_transfer(inventory, LINE_RATE, far).fixed_s == pytest.approx(98.0 - 20_480 / TEN_GBIT_S)
    cold = move(inventory, "v0", "b", seconds=100.0, datastore="far", kind=MigrationKind.COLD, sent_mib=20_480)
    assert median_transfer(inventory, LINE_RATE, cold).work_mib == pytest.approx(20_480)
    for kind in (MigrationKind.STORAGE_VMOTION, MigrationKind.COLD):
        assert median_transfer(inventory, LINE_RATE, move(inventory, "v0", "b", kind=kind, sent_mib=9e9)).links == ()


def test_a_plan_counts_with_shared_links() -> None:
    """Two times 5 s of setting up and 5 s at full rate; a third from elsewhere shares nothing with them."""
    inventory = on_a(2)
    inventory = make_inventory(inventory.hosts, [*inventory.virtual_machines, make_vm("w", "b")])
    sizes: dict[str, Any] = {"seconds": 10.0, "sent_mib": 5 * TEN_GBIT_S}
    moves = [
        move(inventory, "v0", "b", **sizes),
        move(inventory, "v1", "b", **sizes),
        move(inventory, "w", "c", **sizes),
    ]
    plan = planned(inventory, moves, LINE_RATE)
    assert timeline(plan) == {"v0": (0.0, 15.0), "v1": (0.0, 15.0), "w": (0.0, 10.0)}
    assert plan.makespan_lower_bound_s == pytest.approx(15.0)
    # At p95 each sends for 15 s.
    assert plan.makespan_p95_s == pytest.approx(35.0)


def test_the_way_between_sites_is_shared() -> None:
    hosts = [make_host(name, site=site) for name, site in (("a", "east"), ("b", "west"), ("c", "east"), ("d", "west"))]
    links = (SiteLink(site_a="east", site_b="west", rtt_ms=0.0, bandwidth_mbit_s=1000),)
    inventory = make_inventory(hosts, [make_vm("x", "a"), make_vm("y", "c")], site_links=links)
    sizes: dict[str, Any] = {"seconds": 10.0, "sent_mib": 10 * mib_s_from_mbit_s(1000)}
    plan = planned(inventory, [move(inventory, "x", "b", **sizes), move(inventory, "y", "d", **sizes)], LINE_RATE)
    assert plan.makespan_s == pytest.approx(20.0)
    assert plan.makespan_lower_bound_s == pytest.approx(20.0)


def test_at_other_times_steps_still_wait_for_those_they_came_after() -> None:
    """9 vMotions off one host, 8 at a time: at p95 the ninth waits for the first that ends, which is slow then."""
    inventory = on_a(9)
    moves = [move(inventory, f"v{n}", "bc"[n % 2], seconds=10.0 + n) for n in range(9)]
    plan = planned(inventory, moves)
    transfers = [Transfer(fixed_s=50.0, work_mib=0.0, own_mib_s=1.0, links=())] * 9
    assert end_in_same_order(plan.steps, transfers) == 100.0


def test_steps_without_a_place_in_common_need_not_wait() -> None:
    inventory = make_inventory([make_host(n) for n in "abcd"], [make_vm("x", "a"), make_vm("y", "c")])
    steps = (
        PlanStep(number=1, move=move(inventory, "x", "b"), start_s=0.0, end_s=10.0),
        PlanStep(number=2, move=move(inventory, "y", "d"), start_s=10.0, end_s=20.0),
    )
    transfers = [Transfer(fixed_s=30.0, work_mib=0.0, own_mib_s=1.0, links=())] * 2
    assert end_in_same_order(steps, transfers) == 30.0
    assert end_in_same_order((steps[0], replace(steps[1], depends_on=(1,))), transfers) == 60.0


def test_no_order_undercuts_the_work_of_a_host() -> None:
    inventory = on_a(9)
    moves = [move(inventory, f"v{n}", "b", seconds=8.0) for n in range(9)]
    transfers = [median_transfer(inventory, POLICY, each) for each in moves]
    assert lower_bound_s(inventory, POLICY, (), moves, transfers, (), None) == pytest.approx(9.0)
    assert lower_bound_s(inventory, POLICY, (), [], [], (), None) == 0.0


def test_who_cannot_start_at_once_begins_no_earlier_than_somebody_has_left() -> None:
    hosts = [make_host(name) for name in "abc"]
    inventory = make_inventory(hosts, [make_vm("x", "a", memory=60_000), make_vm("y", "b", memory=60_000)])
    moves = [move(inventory, "x", "b", seconds=4.0), move(inventory, "y", "c", seconds=7.0)]
    transfers = [median_transfer(inventory, POLICY, each) for each in moves]
    rules = constraints_for(POLICY)
    assert lower_bound_s(inventory, POLICY, rules, moves, transfers, moves, None) == pytest.approx(11.0)
    # Nobody was asked about rules: a weaker bound, and still a bound.
    assert lower_bound_s(inventory, POLICY, rules, moves, transfers, (), None) == pytest.approx(7.0)


def test_links_of_unknown_speed_are_taken_as_slow() -> None:
    adapters = (VMotionAdapter(device="vmk1"),)
    inventory = on_a(1, vmotion_adapters=adapters)
    vmotion = replace(move(inventory, "v0", "b"), estimate=estimate(100.0, sent_mib=1000.0))
    transfer = median_transfer(inventory, LINE_RATE, vmotion)
    assert dict(transfer.links)["send", ref("a")] == pytest.approx(mib_s_from_mbit_s(1000))


def test_short_ones_first_where_all_are_over_as_early() -> None:
    """Twelve on one link: eight at a time would share it to the end, two at a time have the mean end earlier."""
    inventory = on_a(12)
    moves = [move(inventory, f"v{n}", "b", seconds=10.0 + n, sent_mib=(5.0 + n) * TEN_GBIT_S) for n in range(12)]
    plan = planned(inventory, moves, LINE_RATE)
    at_once = planned(inventory, moves, replace(LINE_RATE, order=OrderPolicy(large_moves=LargeMoves.FIRST)))
    assert plan.makespan_s <= 1.001 * at_once.makespan_s
    means = [sum(step.end_s for step in one.steps) / len(one.steps) for one in (plan, at_once)]
    assert means[0] < 0.8 * means[1]
    # As it is carried out: each starts once those before it have ended, so nothing waits for the clock.
    transfers = [median_transfer(inventory, LINE_RATE, step.move) for step in plan.steps]
    times = times_in_same_order(plan.steps, transfers)
    for position, step in enumerate(plan.steps):
        assert times[position] == pytest.approx((step.start_s, step.end_s))


def test_a_link_that_sends_all_the_time_is_not_over_earlier_because_steps_overlap() -> None:
    """Two at a time on one link: in no case are three over much before what the link needs for all."""
    inventory = on_a(3)
    moves = [move(inventory, f"v{n}", "b", seconds=40.0, sent_mib=35 * TEN_GBIT_S) for n in range(3)]
    sure = [replace(one, estimate=replace(one.estimate, duration_p95_s=40.0)) for one in moves]
    plan = planned(inventory, sure, LINE_RATE)
    assert float(finish_times_s(plan).max()) == pytest.approx(plan.makespan_s)
    assert float(finish_times_s(plan).min(axis=1).max()) == pytest.approx(plan.makespan_s)
