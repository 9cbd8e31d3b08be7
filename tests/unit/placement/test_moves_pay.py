"""A move gains what the migration threshold asks for its cost, and is not taken back while the VM rests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.engine.seeded_numbers import uniform
from recommender.placement.request import PlacementRequest, SolveLimits
from recommender.placement.result import Move, PlacementResult
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_inventory, make_vm
from tests.unit.placement.questions import small_host

HOSTS, VMS = 4, 40
RATIOS = {5: 1.0, 4: 1.5, 3: 2.0, 2: 4.0}
LIMITS = SolveLimits(rounds=1, deterministic_s=0.02)
MINUTE = timedelta(minutes=1)


def uneven(seed: int) -> Inventory:
    """Room everywhere, no host overloaded, CPU uneven, and VMs of very different memory."""
    busy, size, where = uniform(3 * VMS, seed).reshape(3, VMS)
    hosts = [small_host(f"h{n}", cpu=10_000, memory=400_000) for n in range(HOSTS)]
    vms = [
        make_vm(
            f"vm-{n:02}",
            f"h{int(HOSTS * where[n] ** 3)}",
            cpu=int(50 + 600 * busy[n] ** 2),
            memory=int(500 + 20_000 * size[n] ** 3),
        )
        for n in range(VMS)
    ]
    return make_inventory(hosts, vms)


def asked(inventory: Inventory, threshold: int = 3, recent: tuple[RecentMove, ...] = ()) -> PlacementResult:
    policy = Policy(migration_threshold=threshold)
    return solve(PlacementRequest(inventory=inventory, policy=policy, limits=LIMITS, recent_moves=recent))


def gain_to_cost(move: Move) -> float:
    """By the price of a second as it is without a threshold."""
    return move.gain / (Policy().weights.migration_second * move.estimate.duration_p50_s)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_move_gains_its_cost_as_often_as_the_threshold_asks(seed: int) -> None:
    inventory, numbers = uneven(seed), []
    for threshold, ratio in RATIOS.items():
        moves = asked(inventory, threshold).moves
        assert [move for move in moves if gain_to_cost(move) < ratio - 1e-6] == []
        numbers.append(len(moves))
    assert numbers[0] > numbers[-1] > 0
    assert asked(inventory, 1).moves == ()


def test_the_threshold_is_what_keeps_moves_back() -> None:
    """Some of what threshold 5 does would not pay for threshold 2."""
    assert min(map(gain_to_cost, asked(uneven(1), 5).moves)) < RATIOS[2]


def turned_around(inventory: Inventory, moved: frozenset[EntityRef]) -> Inventory:
    """Those that moved ask for more than twice as much, all others for a fifth: where they came from is now idle."""
    return replace(
        inventory,
        virtual_machines=tuple(
            replace(vm, load=replace(vm.load, cpu_demand_mhz=int(demand * (2.5 if vm.ref in moved else 0.2))))
            for vm in inventory.virtual_machines
            for demand in [vm.cpu_demand_mhz or 0]
        ),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_goes_back_within_the_cool_down_whatever_the_load_does(seed: int) -> None:
    start = uneven(seed)
    moves = asked(start, 5).moves
    source = {move.vm: move.source for move in moves}
    later = turned_around(inventory_after(start, moves), frozenset(source))

    def back(minutes: int) -> list[EntityRef]:
        recent = tuple(
            RecentMove(
                instance_uuid=start.vm(move.vm).instance_uuid,
                source=move.source,
                destination=move.destination,
                ended_at=later.taken_at - minutes * MINUTE,
            )
            for move in moves
        )
        return [move.vm for move in asked(later, 5, recent).moves if source.get(move.vm) == move.destination]

    assert back(59) == []
    assert back(61) != []
