"""No timeline that keeps the rules is over before the proven bound, however its moves share their links."""

from dataclasses import replace
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.list_schedule import ListSchedule
from recommender.planning.lower_bound import lower_bound_s
from recommender.planning.room_statements import RoomStatements
from recommender.planning.shorten import end_s
from recommender.planning.transfers.transfer import median_transfer
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move

GIB, HOSTS, TRIED = 1024, 3, 100
RULES = [rule for rule in constraints_for(POLICY) if rule.continuous]


@st.composite
def cramped(draw: st.DrawFn) -> tuple[Inventory, list[Move]]:
    """Up to five VMs on three hosts that they hardly fit on change places, some in two legs, some over the links."""
    homes = draw(st.lists(st.integers(0, HOSTS - 1), min_size=3, max_size=5))
    sizes = [draw(st.integers(1, 6)) for _ in homes]
    vms = [make_vm(f"v{n}", f"h{home}", memory=sizes[n] * GIB, cpu=10) for n, home in enumerate(homes)]
    held = [sum(size for size, home in zip(sizes, homes, strict=True) if home == host) for host in range(HOSTS)]
    hosts = [make_host(f"h{n}", memory_mib=(held[n] + draw(st.integers(1, 7))) * GIB) for n in range(HOSTS)]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("v0"), ref("v1")))
    inventory = make_inventory(hosts, vms, vm_anti_affinity_rules=(apart,) if draw(st.booleans()) else ())
    moves: list[Move] = []
    for n, home in enumerate(homes):
        way = draw(st.sampled_from([(1,), (2,), (1, 2)]))
        for step in way:
            seconds = float(draw(st.integers(1, 4)))
            sent_mib = draw(st.sampled_from([0.0, 500.0, 1e9]))  # nothing, part and all of its time on the links
            moved = move(inventory, f"v{n}", f"h{(home + step) % HOSTS}", seconds=seconds, sent_mib=sent_mib)
            moves.append(moved if step == way[0] else replace(moved, source=ref(f"h{(home + 1) % HOSTS}")))
    return inventory, moves


@settings(max_examples=2500, deadline=None, derandomize=True)
@given(cramped(), st.lists(st.integers(0, 3), min_size=10, max_size=10))
def test_no_order_undercuts_the_bound(case: tuple[Inventory, list[Move]], waits_s: list[int]) -> None:
    inventory, moves = case
    said = RoomStatements(inventory, RULES, moves)
    transfers = [median_transfer(inventory, POLICY, one) for one in moves]
    bound_s = lower_bound_s(inventory, POLICY, RULES, moves, transfers, moves, said)
    vms = {one.vm for one in moves}
    best = None
    chance = Random(0)  # noqa: S311  # no secret
    for _ in range(TRIED):
        order = chance.sample(range(len(moves)), len(moves))
        ranked = [moves[number] for number in order]
        for waits in ([0.0] * len(moves), [float(waits_s[number]) for number in order]):
            draft = ListSchedule(inventory, POLICY, ranked, RULES, vms, said, not_before=waits).run()
            if not draft.stuck:
                best = min(best or end_s(draft), end_s(draft))
    event("no order" if best is None else f"proven: {best <= bound_s + 1e-6}")
    assert best is None or bound_s <= best + 1e-6
