"""Moves that do not fit one window are split over several; what fits none is left with the numbers."""

from recommender.constraints.registry import constraints_for
from recommender.placement.answer import inventory_after
from recommender.planning.replay.replay import replay
from recommender.planning.windows.split import split_over_windows
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import POLICY, move

GIB = 1024
RULES = constraints_for(POLICY)


def test_each_window_takes_what_it_is_promised_to_end_and_every_part_keeps_every_rule() -> None:
    hosts = [make_host(name, memory_mib=512 * GIB) for name in "ab"]
    inventory = make_inventory(hosts, [make_vm(f"v{n:02}", "a", memory=GIB, cpu=10) for n in range(40)])
    moves = tuple(move(inventory, vm.ref.moid, "b", seconds=100) for vm in inventory.virtual_machines)
    split = split_over_windows(inventory, POLICY, moves, RULES, 500.0)
    assert split.left == ()
    assert len(split.parts) > 1
    made = [step.move for part in split.parts for step in part.plan.steps]
    assert sorted(one.vm for one in made) == sorted(one.vm for one in moves)
    picture = inventory
    for part in split.parts:
        assert part.answer.fits
        assert replay(picture, RULES, POLICY, part.plan) == ()
        picture = inventory_after(picture, [step.move for step in part.plan.steps])


def test_a_window_shorter_than_any_move_is_told_with_both_numbers() -> None:
    inventory = make_inventory([make_host(name) for name in "ab"], [make_vm("v", "a")])
    split = split_over_windows(inventory, POLICY, (move(inventory, "v", "b", seconds=100),), RULES, 60.0)
    assert split.parts == ()
    assert split.reason == "even the shortest migration takes 200 s (p95), a window has 60 s"


def test_what_a_rule_forbids_is_left_with_the_rule() -> None:
    inventory = make_inventory(
        [make_host("a"), make_host("b", memory_mib=GIB)], [make_vm("big", "a", memory=8 * GIB), make_vm("v", "a")]
    )
    split = split_over_windows(inventory, POLICY, (move(inventory, "big", "b"),), RULES, 600.0)
    assert [one.vm.moid for one in split.left] == ["big"]
    assert "memory" in split.reason
