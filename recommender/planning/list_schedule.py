"""Event-driven list scheduling: whenever something ends, every waiting move that may start does, in a fixed order.

A move starts when its units are free, the operator's order lets it, and no continuous rule forbids it while its VM
holds room at both ends. Moves that have to start together are one in the queue.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitPlace, units_of
from recommender.planning.dependencies import DraftStep
from recommender.planning.evolving_picture import places_freed, places_needed
from recommender.planning.intermediate_hop import IntermediateHops
from recommender.planning.ledger_room import LedgerRoom
from recommender.planning.order.gates import Gate
from recommender.planning.order.rules import OrderRules
from recommender.planning.room import PictureRoom, Room
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.running import Running
from recommender.planning.transfers.transfer import Transfer, median_transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.planning.waiting import Ranked, Waiting
from recommender.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Steps in order of their start; ``stuck`` could never start; ``hops``: each move made in two legs, and these.

    ``picture``: what is there at the end. ``refused``: moves that a rule held back for a time.
    """

    steps: tuple[DraftStep, ...]
    stuck: tuple[Move, ...]
    hops: tuple[tuple[Move, Move, Move], ...]
    refused: tuple[Move, ...]
    picture: Inventory


class ListSchedule:
    """One run. ``moves`` in the order in which they are considered; VMs in ``direct_only`` take no hop.

    ``said``: the continuous rules about these moves, where they can be stated. ``gates``: one for each move, if an
    order found elsewhere is to be kept; ``not_before`` likewise: a moment for each, before which it does not start.
    ``transfer_of``: what a move asks of the network.
    """

    def __init__(
        self,
        inventory: Inventory,
        policy: Policy,
        moves: Sequence[Move],
        constraints: Sequence[Constraint],
        direct_only: Collection[EntityRef],
        said: RoomStatements | None = None,
        *,
        gates: Sequence[Gate] = (),
        not_before: Sequence[float] = (),
        transfer_of: Callable[[Inventory, Policy, Move], Transfer] = median_transfer,
    ) -> None:
        self._gates, self._not_before, self._transfer_of = gates, not_before, transfer_of
        self._later: list[tuple[float, Ranked]] = []
        self._begun: set[int] = set()
        self._over: set[int] = set()
        self._policy, self._direct_only = policy, set(direct_only)
        self._ledger = UnitLedger(inventory, policy)
        self._finder = IntermediateHops(policy=policy, constraints=constraints, ledger=self._ledger)
        self._moves = list(moves)
        self._ranks = list(range(len(moves)))
        self._order = OrderRules(inventory, policy.order, moves)
        self._together = _together(self._order, moves)
        followers = {number for numbers in self._together.values() for number in numbers[1:]}
        self._waiting = Waiting((number, number) for number in range(len(moves)) if number not in followers)
        self._direct_only |= {ref for rule in self._order.befores for ref in rule.then}
        self._direct_only |= {self._moves[leader].vm for leader in self._together}
        self._running = Running()
        self._steps: list[DraftStep] = []
        self._numbers: list[int] = []  # of the move behind each step
        self._units: dict[int, dict[UnitPlace, int]] = {}  # by number of the move
        self._room: Room
        if said is None:
            self._room = PictureRoom(inventory, [rule for rule in constraints if rule.continuous], self._steps)
        else:
            self._room = LedgerRoom(inventory, said, self._steps)
        self._hops: list[tuple[Move, Move, Move]] = []
        self._refused: set[int] = set()

    def run(self) -> Draft:
        """Until nothing can start any more."""
        self._start_what_may(())
        while len(self._running) or self._later or self._finds_another_way():
            given_back = self._end(self._running.advance(self._later[0][0] if self._later else None))
            while self._later and self._later[0][0] <= self._running.now_s:
                self._waiting.add(heappop(self._later)[1])
            self._start_what_may(given_back)
        return Draft(
            steps=tuple(self._steps),
            stuck=tuple(self._moves[n] for n in sorted(n for one in self._waiting.all() for n in self._with(one))),
            hops=tuple(self._hops),
            refused=tuple(self._moves[number] for number in sorted(self._refused)),
            picture=self._room.picture(),
        )

    def _start_what_may(self, given_back: Collection[UnitPlace]) -> None:
        while (ranked := self._waiting.take(self._ledger, given_back)) is not None:
            self._consider(ranked)
        self._waiting.settle()

    def _consider(self, ranked: Ranked) -> None:
        if ranked[1] < len(self._not_before) and self._running.now_s < self._not_before[ranked[1]]:
            heappush(self._later, (self._not_before[ranked[1]], ranked))
            return
        numbers = self._with(ranked[1])
        moves = [self._moves[number] for number in numbers]
        for number in numbers:
            waits_for = self._waits_for(number, numbers)
            if waits_for is not None:
                self._waiting.for_entities((waits_for,), ranked)
                return
        units = self._units_of(numbers)
        lacking = self._ledger.lacking(units)
        if lacking is not None:
            self._waiting.for_units(lacking, ranked)
        elif self._room.refuses(moves[0]) if len(moves) == 1 else self._room.refuses_together(moves):
            self._refused.update(numbers)
            self._waiting.for_entities({place for move in moves for place in places_needed(move)}, ranked)
        else:
            for number in numbers:
                self._start(number)

    def _with(self, number: int) -> tuple[int, ...]:
        """The move and those that have to start together with it."""
        return self._together.get(number, (number,))

    def _waits_for(self, number: int, together: Sequence[int]) -> EntityRef | None:
        """A VM that has to move before this one; itself, if it is not where it has to start from."""
        move = self._moves[number]
        if self._room.host_of(move.vm) != move.source:
            return move.vm
        held = self._order.holder(move.vm)
        if held is not None:
            return held[1]
        first = self._has_to_come_first(number, together)
        return None if first is None else self._moves[first].vm

    def _units_of(self, numbers: Sequence[int]) -> dict[UnitPlace, int]:
        for number in numbers:
            # From here on its VM stays as it is until it starts.
            if number not in self._units:
                self._units[number] = units_of(self._room.disks_now(), self._policy, self._moves[number])
        if len(numbers) == 1:
            return self._units[numbers[0]]
        together: Counter[UnitPlace] = Counter()
        for number in numbers:
            together.update(self._units[number])
        return dict(together)

    def _has_to_come_first(self, number: int, together: Sequence[int]) -> int | None:
        if number >= len(self._gates):
            return None
        gate = self._gates[number]
        begun = self._begun.union(together)
        closed = (*(one for one in gate.ended if one not in self._over), *(set(gate.started) - begun))
        return closed[0] if closed else None

    def _start(self, number: int) -> None:
        move = self._moves[number]
        position = len(self._steps)
        depends_on = self._depends_on(move)
        self._steps.append(DraftStep(move=move, start_s=self._running.now_s, depends_on=depends_on))
        self._numbers.append(number)
        self._room.started(position)
        self._running.start(position, self._transfer_of(self._room.disks_now(), self._policy, move))
        self._ledger.take(self._units[number])
        if self._gates:
            self._begun.add(number)
            self._waiting.freed((move.vm,))

    def _depends_on(self, move: Move) -> tuple[int, ...]:
        needed = self._room.needed_by(move)
        first = set(self._order.comes_first(move.vm))
        if not first:
            return needed
        return tuple(sorted({*needed, *(n for n, step in enumerate(self._steps) if step.move.vm in first)}))

    def _end(self, positions: Sequence[int]) -> list[UnitPlace]:
        given_back: dict[UnitPlace, None] = {}
        freed: dict[EntityRef, None] = {}
        for position in positions:
            step = self._steps[position]
            step.end_s = self._running.now_s
            self._room.ended(position)
            self._order.ended(step.move.vm)
            self._over.add(self._numbers[position])
            units = self._units[self._numbers[position]]
            self._ledger.give_back(units)
            given_back.update(dict.fromkeys(units))
            freed.update(dict.fromkeys((step.move.vm, *sorted(places_freed(step.move)))))
        self._waiting.freed(freed)
        return list(given_back)

    def _finds_another_way(self) -> bool:
        """Nothing runs: ask everything once more, then look for a hop. True if something was started."""
        started = len(self._steps)
        # A rule may depend on places that the move itself does not touch.
        self._waiting.renew()
        self._start_what_may(())
        while len(self._steps) == started and self._take_hop():
            self._start_what_may(())
        return len(self._steps) > started

    def _take_hop(self) -> bool:
        numbers = self._waiting.all()
        hop = self._finder.find(self._room.picture(), [self._moves[number] for number in numbers], self._direct_only)
        if hop is None:
            return False
        whole, first, second = hop
        number = next(number for number in numbers if self._moves[number] is whole)
        self._hops.append(hop)
        self._direct_only.add(whole.vm)
        self._order.one_more(whole.vm)
        self._waiting.remove(number)
        for leg in (first, second):
            self._moves.append(leg)
            self._ranks.append(self._ranks[number])
            self._waiting.add((self._ranks[number], len(self._moves) - 1))
        return True


def _together(order: OrderRules, moves: Sequence[Move]) -> dict[int, tuple[int, ...]]:
    """Numbers of the moves that start together, by the first of them."""
    found = {}
    for group in order.groups():
        numbers = tuple(number for number, move in enumerate(moves) if move.vm in group)
        if len(numbers) > 1:
            found[numbers[0]] = numbers
    return found
