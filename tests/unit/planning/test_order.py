"""The operator's order and caps: who comes first, never two at once, together, in time, and so many at a place."""

from dataclasses import replace

import pytest

from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.migration.estimate import RiskClass
from recommender.move_order import (
    CapScope,
    Deadline,
    LargeMoves,
    MigrationCap,
    OrderPolicy,
    Precedence,
    Serialize,
    Sync,
)
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, findings, move, planned, step_of, timeline, with_step

GIB = 1024


def ordered(**rules: object) -> Policy:
    return replace(POLICY, order=OrderPolicy(**rules))  # type: ignore[arg-type]


def estate(*names: str, room_gib: int = 512) -> Inventory:
    hosts = [make_host(name, memory_mib=room_gib * GIB) for name in "abc"]
    vms = [make_vm(name, "a", memory=GIB, cpu=10, tags=("tier:web",) if "web" in name else ()) for name in names]
    return make_inventory(hosts, vms)


def all_to_b(inventory: Inventory, seconds: float = 10.0) -> list[Move]:
    return [move(inventory, vm.ref.moid, "b", seconds=seconds) for vm in inventory.virtual_machines]


DB_FIRST = Precedence(name="db first", first=("db-*",), then=("tag:tier:web",))


def test_the_database_has_ended_before_the_application_starts() -> None:
    inventory = estate("web-1", "web-2", "db-1", "db-2")
    plan = planned(inventory, all_to_b(inventory), ordered(precedence=(DB_FIRST,)))
    assert timeline(plan) == {"db-1": (0, 10), "db-2": (0, 10), "web-1": (10, 20), "web-2": (10, 20)}
    first = {step_of(plan, name).number for name in ("db-1", "db-2")}
    assert set(step_of(plan, "web-1").depends_on) == first


def test_who_has_to_wait_for_a_blocked_move_is_blocked_with_the_reason() -> None:
    hosts = [make_host("a"), make_host("b", memory_mib=2 * GIB)]
    vms = [make_vm("db-1", "a", memory=4 * GIB), make_vm("web-1", "a", memory=GIB, tags=("tier:web",))]
    inventory = make_inventory(hosts, vms)
    plan = planned(inventory, all_to_b(inventory), ordered(precedence=(DB_FIRST,)))
    assert plan.steps == ()
    assert any("'db first' wants db-1 moved first" in group.reason for group in plan.blocked)


def test_rules_that_block_each_other_through_different_names_are_told() -> None:
    inventory = estate("db-1", "web-1")
    back = Precedence(name="web first", first=("web-*",), then=("db-1",))
    plan = planned(inventory, all_to_b(inventory), ordered(precedence=(DB_FIRST, back)))
    assert plan.steps == ()
    assert {"'db first'", "'web first'"} <= {part for group in plan.blocked for part in _quoted(group.reason)}


def _quoted(text: str) -> set[str]:
    return {f"'{part}'" for part in text.split("'")[1::2]}


def test_precedence_in_a_circle_is_refused_with_the_circle() -> None:
    with pytest.raises(ValueError, match=r"(one before two \(x\), two before one \(y\)|two before one \(y\), one bef)"):
        OrderPolicy(
            precedence=(
                Precedence(name="x", first=("one",), then=("two",)),
                Precedence(name="y", first=("two",), then=("one",)),
            )
        )


def test_both_nodes_of_a_pair_never_move_at_once() -> None:
    inventory = estate("node-1", "node-2", "other")
    plan = planned(inventory, all_to_b(inventory), ordered(serialize=(Serialize(name="pair", vms=("node-*",)),)))
    spans = timeline(plan)
    assert {spans["node-1"], spans["node-2"]} == {(0, 10), (10, 20)}
    assert spans["other"] == (0, 10)


def test_those_that_belong_together_start_at_one_moment_or_not_at_all() -> None:
    sync = ordered(
        sync=(Sync(name="both", vms=("s-*",)),), cap=(MigrationCap(name="two", scope=CapScope.HOST, at_once=2),)
    )
    inventory = estate("a-1", "s-1", "s-2")
    moves = [replace(one, priority=1) if one.vm == ref("a-1") else one for one in all_to_b(inventory)]
    assert timeline(planned(inventory, moves, sync)) == {"a-1": (0, 10), "s-1": (10, 20), "s-2": (10, 20)}
    narrow = make_inventory(
        [make_host("a"), make_host("b", memory_mib=3 * GIB)],
        [make_vm("s-1", "a", memory=2 * GIB), make_vm("s-2", "a", memory=2 * GIB)],
    )
    assert planned(narrow, all_to_b(narrow), sync).steps == ()


def test_a_move_that_would_miss_its_deadline_is_left_with_the_numbers() -> None:
    inventory = estate("v-1", "v-2", "v-3")
    policy = ordered(
        deadline=(Deadline(name="early", vms=("v-3", "v-2"), within_minutes=1),),
        cap=(MigrationCap(name="one", scope=CapScope.HOST, of=("b",), at_once=1),),
    )
    plan = planned(inventory, all_to_b(inventory, seconds=40.0), policy)
    assert {step.move.vm.moid for step in plan.steps} == {"v-1", "v-2"}
    assert step_of(plan, "v-2").start_s == 0
    assert plan.blocked[0].reason == "'early' wants it over within 1 min, it would end after 1.3 min"


@pytest.mark.parametrize(
    ("cap", "most"),
    [
        (MigrationCap(name="c", scope=CapScope.HOST, of=("b",), at_once=2), 2),
        (MigrationCap(name="c", scope=CapScope.SITE, at_once=3), 3),
        (MigrationCap(name="c", scope=CapScope.GROUP, of=("v-1", "v-2", "v-3", "v-4", "v-5"), at_once=1), 1),
        (MigrationCap(name="c", scope=CapScope.HOST, of=("nobody",), at_once=1), 5),
        (MigrationCap(name="c", scope=CapScope.LINK, at_once=1), 5),
    ],
)
def test_a_cap_lets_so_many_run_at_once(cap: MigrationCap, most: int) -> None:
    inventory = estate(*(f"v-{number}" for number in range(1, 6)))
    assert _most_at_once(planned(inventory, all_to_b(inventory), ordered(cap=(cap,)))) == most


def test_a_cap_in_mib_s_counts_what_each_has_alone_and_lets_a_faster_one_run_by_itself() -> None:
    hosts = [make_host("a", site="east"), make_host("b", site="west")]
    vms = [make_vm(f"v-{number}", "a", memory=GIB) for number in range(4)]
    link = SiteLink(site_a="east", site_b="west", rtt_ms=1.0, bandwidth_mbit_s=800)
    inventory = make_inventory(hosts, vms, site_links=(link,))
    cap = MigrationCap(name="line", scope=CapScope.LINK, of=("east|west",), mib_s=250)
    policy = replace(ordered(cap=(cap,)), max_rtt_ms=10.0)
    assert _most_at_once(planned(inventory, all_to_b(inventory), policy)) == 2
    slow = replace(policy, order=OrderPolicy(cap=(replace(cap, mib_s=1),)))
    assert _most_at_once(planned(inventory, all_to_b(inventory), slow)) == 1


def _most_at_once(plan: Plan) -> int:
    return max(sum(other.start_s <= step.start_s < other.end_s for other in plan.steps) for step in plan.steps)


@pytest.mark.parametrize(("large", "first"), [(LargeMoves.FIRST, "big"), (LargeMoves.LAST, "small")])
def test_long_and_risky_moves_first_or_last(large: LargeMoves, first: str) -> None:
    inventory = estate("big", "small")
    one = move(inventory, "big", "b", seconds=20)
    risky = replace(one, estimate=replace(one.estimate, risk=RiskClass.LONG))
    moves = [risky, move(inventory, "small", "b", seconds=10)]
    policy = ordered(large_moves=large, cap=(MigrationCap(name="one", scope=CapScope.HOST, at_once=1),))
    assert planned(inventory, moves, policy).steps[0].move.vm == ref(first)


def _started_at(plan: Plan, vm: str, start_s: float) -> Plan:
    step = step_of(plan, vm)
    return with_step(plan, replace(step, start_s=start_s, end_s=start_s + step.duration_s))


def _tampered(step: PlanStep, plan: Plan) -> Plan:
    return with_step(plan, replace(step, depends_on=()))


def test_the_replay_finds_whatever_breaks_the_order() -> None:
    inventory = estate("db-1", "web-1", "x-1", "x-2")
    policy = ordered(
        precedence=(DB_FIRST,),
        serialize=(Serialize(name="pair", vms=("x-*",)),),
        deadline=(Deadline(name="soon", vms=("x-1", "x-2"), within_minutes=1),),
    )
    moves = all_to_b(inventory, seconds=20.0)
    plan = planned(inventory, moves, policy)
    assert any("'db first'" in one for one in findings(inventory, _started_at(plan, "web-1", 0.0), policy))
    assert any("does not depend" in one for one in findings(inventory, _tampered(step_of(plan, "web-1"), plan), policy))
    later = max(("x-1", "x-2"), key=lambda name: step_of(plan, name).start_s)
    assert any("'pair'" in one for one in findings(inventory, _started_at(plan, later, 0.0), policy))
    assert any("'soon'" in one for one in findings(inventory, _started_at(plan, later, 50.0), policy))
    together = ordered(sync=(Sync(name="both", vms=("x-*",)),))
    assert any("'both'" in one for one in findings(inventory, plan, together))


def test_a_cap_without_a_limit_and_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="limits nothing"):
        MigrationCap(name="c", scope=CapScope.HOST)
    with pytest.raises(ValueError, match="two rules are called 'same'"):
        OrderPolicy(serialize=(Serialize(name="same", vms=("a",)),), sync=(Sync(name="same", vms=("b",)),))


def test_an_operators_cap_may_have_any_name_in_a_crowded_place() -> None:
    hosts = [make_host(name, memory_mib=10 * GIB) for name in ("a", "b", "aside")]
    inventory = make_inventory(hosts, [make_vm("one", "a", memory=8 * GIB), make_vm("two", "b", memory=8 * GIB)])
    cap = MigrationCap(name="one at a host", scope=CapScope.HOST, at_once=1)
    moves = [move(inventory, "one", "b"), move(inventory, "two", "a")]
    assert len(planned(inventory, moves, ordered(cap=(cap,))).steps) == 3
