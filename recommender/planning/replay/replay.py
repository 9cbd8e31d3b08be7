"""Checks a plan by playing it through, step by step, written independently of what made it."""

from collections.abc import Iterator, Sequence
from typing import Final

from recommender.constraints.base import Constraint, Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.replay.broken_since import BrokenSince, flight
from recommender.planning.replay.finding import Finding
from recommender.planning.replay.held_at_once import Held, HeldAtOnce
from recommender.planning.replay.missing_dependency import MissingDependencies
from recommender.planning.replay.order_replay import order_findings
from recommender.planning.replay.plan_shape import shape_findings
from recommender.policy import Policy

SAME_TIME_S: Final = 1e-6  # what arithmetic leaves between an end and the start that follows from it


def replay(
    inventory: Inventory,
    constraints: Sequence[Constraint],
    policy: Policy,
    plan: Plan,
    moves: Sequence[Move] | None = None,
) -> tuple[Finding, ...]:
    """Everything wrong with ``plan``, in order of time; empty for a plan that may be carried out.

    At one moment ends come before starts. Checked are: each step starts where its VM is, after all it depends on, and
    depends on every step without which a rule would forbid it; units are never exceeded; no continuous rule is newly
    broken at any moment and none at all at the end; the operator's order and caps are kept; numbers, order of steps
    and makespans are right; and, where ``moves`` are given, each of them is made or blocked, once.
    """
    findings = [*shape_findings(plan, moves), *order_findings(inventory, policy, plan)]
    findings.extend(_Replay(inventory, constraints, policy, plan).run())
    return tuple(sorted(findings, key=lambda finding: finding.at_s))


class _Replay:
    def __init__(self, inventory: Inventory, constraints: Sequence[Constraint], policy: Policy, plan: Plan) -> None:
        self._inventory, self._plan = inventory, plan
        self._rules = BrokenSince(inventory, constraints)
        self._dependencies = MissingDependencies(self._rules)
        self._picture = inventory
        self._held = HeldAtOnce(inventory, policy)
        self._running: dict[int, list[Held]] = {}
        self._ended: set[int] = set()
        self._told_already: set[Violation] = set()

    def run(self) -> Iterator[Finding]:
        """Play all events."""
        for is_start, position in _events(self._plan.steps):
            step = self._plan.steps[position]
            if is_start:
                for reason in self._start(position, step):
                    yield Finding(step=step.number, at_s=step.start_s, reason=reason)
            else:
                for broken in self._untold(self._end(position, step)):
                    yield Finding(step=step.number, at_s=step.end_s, reason=f"its end breaks {self._told(broken)}")
        for broken in self._untold(self._rules.in_the_end(self._picture)):
            yield Finding(step=None, at_s=self._plan.makespan_s, reason=f"its end breaks {self._told(broken)}")

    def _start(self, position: int, step: PlanStep) -> Iterator[str]:
        move = step.move
        unfit = self._misplaced(move)
        if unfit:
            yield unfit
            return
        for number in step.depends_on:
            if number not in self._ended:
                yield f"it starts before step {number}, on which it depends, has ended"
        yield from self._dependencies.at_start(self._picture, step)
        held, excesses = self._held.start(self._picture, move)
        yield from excesses
        for broken in self._untold(self._rules.by_start(self._picture, move)):
            yield f"its start breaks {self._told(broken)}"
        self._picture = self._picture.with_in_flight(flight(self._picture, move))
        self._running[position] = held

    def _end(self, position: int, step: PlanStep) -> list[Violation]:
        if position not in self._running:
            return []
        self._held.end(self._running.pop(position))
        move = step.move
        targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
        self._picture = self._picture.with_vm_on(move.vm, move.destination, targets, move.new_formats)
        self._ended.add(step.number)
        self._dependencies.ended(step)
        return self._rules.by_end(self._picture, move.vm)

    def _misplaced(self, move: Move) -> str:
        vm = self._picture.find_vm(move.vm)
        if vm is None:
            return f"VM {move.vm} is not in the inventory"
        if self._picture.find_host(move.destination) is None:
            return f"its destination {move.destination} is not in the inventory"
        if self._picture.in_flight_of(move.vm) is not None:
            return "its VM is in another migration"
        if vm.host != move.source:
            return f"its VM is on host {self._name(vm.host)}, not on {self._name(move.source)}"
        stores = {HOME: vm.home_datastore, **{disk.key: disk.datastore for disk in vm.disks}}
        wrong = [disk.disk_key for disk in move.disk_moves if stores.get(disk.disk_key) != disk.source]
        return f"disk {wrong[0]} of its VM is not on the datastore it is to be copied from" if wrong else ""

    def _untold(self, found: Sequence[Violation]) -> list[Violation]:
        """Without what an earlier finding has told already."""
        new = [broken for broken in found if broken not in self._told_already]
        self._told_already.update(new)
        return new

    def _told(self, broken: Violation) -> str:
        rule = f"{broken.constraint} ({broken.rule})" if broken.rule else broken.constraint
        return f"{rule}{f' at host {self._name(broken.host)}' if broken.host else ''}: {broken.reason}"

    def _name(self, ref: EntityRef) -> str:
        host = self._inventory.find_host(ref)
        return host.name if host else str(ref)


def _events(steps: Sequence[PlanStep]) -> list[tuple[bool, int]]:
    """(is a start, position) of all starts and ends in order of time; at one moment ends come first."""
    events: list[tuple[float, int, int, bool]] = []
    for position, step in enumerate(steps):
        events.append((step.start_s, 1, 2 * position, True))
        if step.end_s > step.start_s + SAME_TIME_S:
            events.append((step.end_s - SAME_TIME_S, 0, 2 * position, False))
        else:
            # A step that takes no time ends right after its own start.
            events.append((step.start_s, 1, 2 * position + 1, False))
    return [(is_start, place // 2) for _, _, place, is_start in sorted(events)]
