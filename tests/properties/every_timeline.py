"""The shortest timeline of a few moves, found by trying all of them; it shares nothing with the scheduler.

Where each move takes its time whatever else runs, a shortest timeline exists in which each starts at the beginning or
at the end of another: so only these moments are tried.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.move_order import selects
from recommender.placement.result import Move
from recommender.planning.replay.broken_since import BrokenSince, flight
from recommender.planning.replay.held_at_once import HeldAtOnce
from recommender.policy import Policy

S_A_MINUTE: Final = 60.0
SAME_TIME_S: Final = 1e-6


class _State(NamedTuple):
    """Numbers of the moves that are over, and when those under way end, by number."""

    over: frozenset[int]
    ends: tuple[tuple[int, float], ...]


class EveryTimeline:
    """Of ``moves`` (of one VM: in the order in which it makes them), each of which takes its median time."""

    def __init__(
        self, inventory: Inventory, policy: Policy, constraints: Sequence[Constraint], moves: Sequence[Move]
    ) -> None:
        self._inventory, self._policy, self._moves = inventory, policy, moves
        self._lengths = [move.estimate.duration_p50_s for move in moves]
        self._rules = BrokenSince(inventory, constraints)
        self._vms = [inventory.vm(move.vm) for move in moves]
        self._before = [self._first(number) for number in range(len(moves))]
        self._together = [self._syncs(number) for number in range(len(moves))]
        self._allowed: dict[tuple[frozenset[int], frozenset[int], frozenset[int]], bool] = {}
        self._known: dict[tuple[frozenset[int], tuple[tuple[int, float], ...]], float] = {}
        self.best_s = float("inf")

    def shortest_s(self, cut_s: float) -> float | None:
        """When all are over at the soonest; ``None`` if that is not before ``cut_s``, or never."""
        self.best_s = cut_s
        self._go_on(_State(frozenset(), ()), 0.0)
        return self.best_s if self.best_s < cut_s else None

    def _go_on(self, state: _State, now_s: float) -> None:
        rest_s = max([self._lengths[n] for n in self._waiting(state)] + [end - now_s for _, end in state.ends] + [0.0])
        if now_s + rest_s >= self.best_s - SAME_TIME_S:
            return
        key = (state.over, tuple(sorted((n, round(end - now_s, 6)) for n, end in state.ends)))
        if self._known.get(key, float("inf")) <= now_s:
            return
        self._known[key] = now_s
        if len(state.over) == len(self._moves):
            if not self._rules.in_the_end(self._picture(state.over, frozenset())):
                self.best_s = now_s
            return
        self._start_more(state, now_s, -1)

    def _start_more(self, state: _State, now_s: float, last: int) -> None:
        """Everything that may start now and is later in number than ``last`` does, or does not."""
        for number in self._waiting(state):
            group = self._together[number]
            if number > last and number == min(group) and self._may_start(state, group, now_s):
                ends = tuple(sorted((*state.ends, *((n, now_s + self._lengths[n]) for n in group))))
                self._start_more(_State(state.over, ends), now_s, number)
        if state.ends:
            next_s = min(end for _, end in state.ends)
            ended = {n for n, end in state.ends if end <= next_s + SAME_TIME_S}
            over = state.over | ended
            left = tuple((n, end) for n, end in state.ends if n not in ended)
            self._go_on(_State(over, left), next_s)

    def _waiting(self, state: _State) -> list[int]:
        begun = state.over | {n for n, _ in state.ends}
        return [n for n in range(len(self._moves)) if n not in begun]

    def _may_start(self, state: _State, group: frozenset[int], now_s: float) -> bool:
        if any(not self._before[n] <= state.over for n in group):
            return False
        for deadline in self._policy.order.deadline:
            for n in group:
                ends_s = now_s + self._lengths[n]
                if self._is_of(n, deadline.vms) and ends_s > S_A_MINUTE * deadline.within_minutes + SAME_TIME_S:
                    return False
        key = (state.over, frozenset(n for n, _ in state.ends), group)
        if key not in self._allowed:
            self._allowed[key] = self._is_allowed(*key)
        return self._allowed[key]

    def _is_allowed(self, over: frozenset[int], running: frozenset[int], group: frozenset[int]) -> bool:
        held = HeldAtOnce(self._inventory, self._policy)
        done = self._picture(over, frozenset())
        for n in sorted(running):
            held.start(done, self._moves[n])
        picture = self._picture(over, running)
        for n in sorted(group):
            move = self._moves[n]
            if picture.vm(move.vm).host != move.source or picture.in_flight_of(move.vm) is not None:
                return False
            if held.start(picture, move)[1] or self._rules.by_start(picture, move):
                return False
            picture = picture.with_in_flight(flight(picture, move))
        return True

    def _picture(self, over: frozenset[int], running: frozenset[int]) -> Inventory:
        picture = self._inventory
        for n in sorted(over):
            move = self._moves[n]
            targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
            picture = picture.with_vm_on(move.vm, move.destination, targets, move.new_formats)
        for n in sorted(running):
            picture = picture.with_in_flight(flight(picture, self._moves[n]))
        return picture

    def _first(self, number: int) -> frozenset[int]:
        """The moves that have to be over before this one."""
        vm = self._vms[number]
        first = {n for n in range(number) if self._moves[n].vm == vm.ref}
        for rule in self._policy.order.precedence:
            if selects(rule.then, vm.name, vm.tags) and not selects(rule.first, vm.name, vm.tags):
                first |= {n for n in range(len(self._moves)) if self._is_of(n, rule.first)}
        if vm.control_plane is not None:
            first |= {n for n, other in enumerate(self._vms) if other.control_plane is None}
        return frozenset(first)

    def _syncs(self, number: int) -> frozenset[int]:
        group = {number}
        for _ in self._moves:
            for rule in self._policy.order.sync:
                members = {n for n in range(len(self._moves)) if self._is_of(n, rule.vms)}
                group |= members if members & group else set()
        return frozenset(group)

    def _is_of(self, number: int, selectors: Sequence[str]) -> bool:
        vm: VirtualMachine = self._vms[number]
        return selects(selectors, vm.name, vm.tags)
