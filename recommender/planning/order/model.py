"""The order of moves as a CP-SAT question: units, capacity at both ends, and the shortest time in which all are done.

Asked without links (each move takes at least the time it needs alone), its bound holds whatever they carry. Asked with
links that carry one transfer at full rate after the other, its answer is a timeline that can be kept as it is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from typing import Final

from ortools.sat.python import cp_model

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.engine.deterministic_solver import deterministic_solver
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitPlace, units_of
from recommender.planning.dependencies import DraftStep
from recommender.planning.order.room_times import RoomTimes
from recommender.planning.order.rules import OrderRules
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.link_use import HELD, LINK_PARTS, LinkUse
from recommender.planning.transfers.transfer import Link, Transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

TICKS_A_S: Final = 10  # finer ones cost the solver more than they save
ROUNDING: Final = 1e-6
EFFORT: Final = 1.0  # deterministic seconds of CP-SAT
FEW: Final = 64  # so many moves may be compared each with each


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFound:
    """``bound_s``: these moves take no less in any order. ``starts_s``: one for each move, ``None`` without answer."""

    bound_s: float
    starts_s: tuple[float, ...] | None


def best_order(
    inventory: Inventory,
    policy: Policy,
    said: RoomStatements,
    steps: Sequence[DraftStep],
    alone_s: Sequence[float],
    effort: float = EFFORT,
    transfers: Sequence[Transfer] = (),
    latest_s: float | None = None,
    *,
    link_use: LinkUse = HELD,
    times: RoomTimes | None = None,
    enough_s: float = 0.0,
) -> OrderFound:
    """Look for a shorter order of ``steps``, which are a complete answer to start from (hops in two steps).

    ``alone_s``: what each takes when it shares with nobody. ``transfers``: one for each step, where links count.
    ``latest_s``: there is an order that is over by then. ``times``: when each begins and what comes after it takes, at
    the least. ``enough_s``: to be over before that is worth nothing. The same question has the same answer.
    """
    latest_s = sum(alone_s) if latest_s is None else latest_s
    horizon = ceil(TICKS_A_S * latest_s) + len(steps)
    model = cp_model.CpModel()
    # A bound must not be longer than the truth, a timeline not shorter.
    lengths = [in_ticks(seconds) if transfers else floor(TICKS_A_S * seconds) for seconds in alone_s]
    heads, tails = (times.heads, times.tails) if times else ([0.0] * len(steps), [0.0] * len(steps))
    starts = [model.new_int_var(floor(TICKS_A_S * head), horizon, "") for head in heads]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    makespan = model.new_int_var(floor(TICKS_A_S * enough_s), horizon, "")
    for start, end, tail, step in zip(starts, ends, tails, steps, strict=True):
        model.add(end + floor(TICKS_A_S * tail) <= makespan)
        model.add_hint(start, round(TICKS_A_S * step.start_s))
    ends_hinted = (round(TICKS_A_S * step.start_s) + length for step, length in zip(steps, lengths, strict=True))
    model.add_hint(makespan, max([floor(TICKS_A_S * enough_s), *ends_hinted]))
    _units(model, inventory, policy, steps, starts, lengths)
    _room(model, said, steps, starts, lengths, horizon)
    _links(model, transfers, starts, lengths, link_use)
    _order(model, OrderRules(inventory, policy.order, [step.move for step in steps]), steps, starts, ends)
    model.minimize(makespan)
    solver = deterministic_solver(effort, seed=0)
    solver.parameters.linearization_level = 0  # linear relaxations cost more here than they prune
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return OrderFound(bound_s=0.0, starts_s=None)
    found = tuple(solver.value(start) / TICKS_A_S for start in starts)
    return OrderFound(bound_s=solver.best_objective_bound / TICKS_A_S, starts_s=found)


def _units(
    model: cp_model.CpModel,
    inventory: Inventory,
    policy: Policy,
    steps: Sequence[DraftStep],
    starts: Sequence[cp_model.IntVar],
    lengths: Sequence[int],
) -> None:
    ledger = UnitLedger(inventory, policy)
    users: defaultdict[UnitPlace, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
    for step, start, length in zip(steps, starts, lengths, strict=True):
        interval = model.new_fixed_size_interval_var(start, length, "")
        for place, units in units_of(inventory, policy, step.move).items():
            users[place].append((interval, units))
    for place, those in users.items():
        if sum(units for _, units in those) > ledger.grantable(place):
            model.add_cumulative([one for one, _ in those], [units for _, units in those], ledger.grantable(place))


def in_ticks(seconds: float, ticks_a_s: int = TICKS_A_S) -> int:
    """Not less than ``seconds``, in ticks; what arithmetic leaves over is no tick."""
    return ceil(ticks_a_s * seconds - ROUNDING)


def _links(
    model: cp_model.CpModel,
    transfers: Sequence[Transfer],
    starts: Sequence[cp_model.IntVar],
    lengths: Sequence[int],
    link_use: LinkUse,
) -> None:
    """No link carries more than it can, each transfer at the rate it has alone: what is found needs no sharing."""
    users: defaultdict[Link, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
    for transfer, start, length in zip(transfers, starts, lengths, strict=False):
        fixed = 0 if link_use.is_held else min(length, round(TICKS_A_S * transfer.fixed_s))
        sending = model.new_fixed_size_interval_var(start + fixed, length - fixed, "")
        for link, mib_s in transfer.links:
            users[link].append((sending, link_use.parts(transfer.own_mib_s, mib_s)))
    for those in users.values():
        if sum(share for _, share in those) > LINK_PARTS:
            model.add_cumulative([one for one, _ in those], [share for _, share in those], LINK_PARTS)


def _order(
    model: cp_model.CpModel,
    rules: OrderRules,
    steps: Sequence[DraftStep],
    starts: Sequence[cp_model.IntVar],
    ends: Sequence[cp_model.LinearExpr],
) -> None:
    """What the operator says about the order. Deadlines are left out: with links the answer has to be timed anew."""
    numbers: defaultdict[EntityRef, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        numbers[step.move.vm].append(number)
    for rule in rules.befores:
        over = model.new_int_var(0, cp_model.INT32_MAX, "")
        for ref in rule.first:
            for number in numbers[ref]:
                model.add(ends[number] <= over)
        for number in (number for ref in rule.then for number in numbers[ref]):
            model.add(starts[number] >= over)
    for group in rules.groups():
        members = sorted(number for ref in group for number in numbers[ref])
        for number in members[1:]:
            model.add(starts[number] == starts[members[0]])


def _room(
    model: cp_model.CpModel,
    said: RoomStatements,
    steps: Sequence[DraftStep],
    starts: Sequence[cp_model.IntVar],
    lengths: Sequence[int],
    horizon: int,
) -> None:
    """A VM holds room where it is until it has arrived elsewhere, and where it goes from its start on."""
    late = 2 * horizon
    stays: defaultdict[int, list[_Stay]] = defaultdict(list)
    legs: defaultdict[int, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        legs[said.position[step.move.vm]].append(number)
    for vm, numbers in legs.items():
        for before, after in pairwise(numbers):
            model.add(starts[after] >= starts[before] + lengths[before])
        # Where it is: from its coming (or from the beginning) to its going (or for good).
        places: list[Move] = [steps[number].move for number in numbers]
        for place in range(len(numbers) + 1):
            host = said.host_position[places[place].source if place < len(numbers) else places[-1].destination]
            begin = starts[numbers[place - 1]] if place else None
            end = starts[numbers[place]] + lengths[numbers[place]] if place < len(numbers) else None
            stays[host].append(_Stay(vm, begin, end))
    for host, those in stays.items():
        _room_at(model, said, host, those, late, is_few=len(steps) <= FEW)


def _room_at(
    model: cp_model.CpModel, said: RoomStatements, host: int, those: Sequence["_Stay"], late: int, *, is_few: bool
) -> None:
    intervals = [_interval(model, stay, late) for stay in those]
    for kind, limit in enumerate(said.limits[host]):
        demands = [ceil(said.demands[stay.vm][kind]) for stay in those]
        here = (said.vms[stay.vm].host == said.hosts[host] for stay in those)
        at_start = sum(demand for demand, is_here in zip(demands, here, strict=True) if is_here)
        if sum(demands) <= limit or at_start > limit:
            continue
        if is_few:
            _reservoir(model, those, demands, floor(limit))
        else:
            model.add_cumulative(intervals, demands, floor(limit))
    for group in {group for stay in those for group in said.groups.get(stay.vm, ())}:
        members = [
            interval for interval, stay in zip(intervals, those, strict=True) if group in said.groups.get(stay.vm, ())
        ]
        if len(members) > 1:
            model.add_no_overlap(members)


@dataclass(frozen=True, slots=True)
class _Stay:
    """A VM at a host, ``begin`` ``None``: from the beginning; ``end`` ``None``: for good."""

    vm: int
    begin: cp_model.IntVar | None
    end: cp_model.LinearExpr | None


def _interval(model: cp_model.CpModel, stay: _Stay, late: int) -> cp_model.IntervalVar:
    size = model.new_int_var(0, late, "")
    return model.new_interval_var(
        0 if stay.begin is None else stay.begin, size, late if stay.end is None else stay.end, ""
    )


def _reservoir(model: cp_model.CpModel, stays: Sequence[_Stay], demands: Sequence[int], limit: int) -> None:
    """The same as a cumulative, by the order of each two events: slow to set up, and quick to prove."""
    held = sum(demand for stay, demand in zip(stays, demands, strict=True) if stay.begin is None)
    times: list[cp_model.LinearExprT] = []
    changes: list[int] = []
    for stay, demand in zip(stays, demands, strict=True):
        for moment, change in ((stay.begin, demand), (stay.end, -demand)):
            if moment is not None:
                times.append(moment)
                changes.append(change)
    model.add_reservoir_constraint(times, changes, -sum(demands), limit - held)
