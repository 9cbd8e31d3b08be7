"""Budgets of moves: what the last hour has used up, and answers that spend no more than is left.

What rules demand is moved whatever the budget, and counted. Of the rest the strongest moves are made first, each only
as long as it is legal without those that are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final

from recommender.budget_policy import GroupBudget
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.engine.descent import repair
from recommender.placement.engine.search import Found, Proof
from recommender.placement.engine.state import SearchState
from recommender.placement.priority import MANDATORY
from recommender.placement.problem import SPLIT
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move

HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class Budgets:
    """Counts moves of the last hour, and those of the answer as they are taken."""

    request: PlacementRequest
    made: int = 0
    of_host: Counter[EntityRef] = field(default_factory=Counter)
    of_group: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Count what is over."""
        now, inventory = self.request.inventory.taken_at, self.request.inventory
        recent = [move for move in self.request.recent_moves if now - HOUR < move.ended_at <= now]
        moved = {move.instance_uuid for move in recent}
        by_uuid: defaultdict[str, list[VirtualMachine]] = defaultdict(list)
        for vm in inventory.virtual_machines if recent else ():
            if vm.instance_uuid in moved:
                by_uuid[vm.instance_uuid].append(vm)
        for move in recent:
            self._count(by_uuid[move.instance_uuid], move.source, move.destination)

    def refusal(self, vm: VirtualMachine, *hosts: EntityRef) -> str | None:
        """Why ``vm`` may not move voluntarily from or to these hosts now; ``None`` if it may."""
        budget = self.request.policy.budget
        if budget.moves_per_hour is not None and self.made >= budget.moves_per_hour:
            return f"{self.made} moves within an hour, at most {budget.moves_per_hour} are allowed"
        most = budget.moves_per_host_per_hour
        for host in hosts if most is not None else ():
            if self.of_host[host] >= (most or 0):
                return f"{self.of_host[host]} moves from or to a host within an hour, at most {most} are allowed"
        for group in self._groups_of(vm):
            if self.of_group[group.name] >= group.moves_per_hour:
                return (
                    f"{self.of_group[group.name]} moves of {group.name} within an hour, "
                    f"at most {group.moves_per_hour} are allowed"
                )
        return None

    def take(self, move: Move) -> None:
        """One move more."""
        self._count([self.request.inventory.vm(move.vm)], move.source, move.destination)

    def _count(self, vms: Sequence[VirtualMachine], source: EntityRef, destination: EntityRef) -> None:
        """One move of one of ``vms``: of more than one, where several have one identity, it may be any."""
        self.made += 1
        self.of_host.update({source, destination})
        self.of_group.update({group.name for vm in vms for group in self._groups_of(vm)})

    def _groups_of(self, vm: VirtualMachine) -> Iterator[GroupBudget]:
        for group in self.request.policy.budget.group:
            named = any(fnmatchcase(vm.name, pattern) for pattern in group.vms)
            if named or not set(group.tags).isdisjoint(vm.tags):
                yield group


def spent_budgets(request: PlacementRequest) -> dict[EntityRef, str]:
    """VMs for which the history has used up a budget, each with the reason."""
    budgets = Budgets(request)
    found = ((vm.ref, budgets.refusal(vm, vm.host)) for vm in request.inventory.virtual_machines)
    return {ref: reason for ref, reason in found if reason is not None}


def affordable(request: PlacementRequest, moves: Sequence[Move]) -> tuple[Move, ...]:
    """Of ``moves``, in their order, those that the budgets allow; mandatory ones always."""
    budgets, kept = Budgets(request), []
    for move in sorted(moves, key=lambda one: one.priority != MANDATORY):
        vm = request.inventory.vm(move.vm)
        if move.priority == MANDATORY or budgets.refusal(vm, move.source, move.destination) is None:
            budgets.take(move)
            kept.append(move.vm)
    chosen = frozenset(kept)
    return tuple(move for move in moves if move.vm in chosen)


def within_budgets(request: PlacementRequest, found: Found, moves: Sequence[Move]) -> Found:
    """``found`` without the moves that nobody needs and that the budgets do not allow; itself if there are none."""
    if not request.policy.budget.is_limited or len(affordable(request, moves)) == len(moves):
        return found
    problem, goal = found.state.problem, found.state.place
    state, budgets = SearchState(problem), Budgets(request)
    of_vm = {move.vm: (number, move) for number, move in enumerate(moves)}
    of_item = {
        item: [of_vm[problem.vms[vm].ref] for vm in group if problem.vms[vm].ref in of_vm]
        for item, group in enumerate(problem.members)
    }
    waiting = sorted((item for item, its_own in of_item.items() if its_own), key=lambda item: min(of_item[item])[0])
    went = True
    while went:
        went = False
        for item in list(waiting):
            its_own, host = [move for _, move in of_item[item]], int(goal[item])
            refused = any(
                move.priority != MANDATORY
                and budgets.refusal(request.inventory.vm(move.vm), move.source, move.destination)
                for move in its_own
            )
            if host == SPLIT or refused or not state.open_hosts(item)[host]:
                continue
            state.move(item, host)
            for move in its_own:
                budgets.take(move)
            waiting.remove(item)
            went = True
    if not state.is_legal():
        repair(state)  # what rules demand waited for a move that nobody needs
    return replace(found, state=state, proof=found.proof if found.proof is Proof.INFEASIBLE else Proof.NONE)
