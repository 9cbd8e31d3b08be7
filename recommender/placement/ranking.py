"""Where one VM should run: every host, and a datastore where its disks go along, with stars or with what refuses it."""

from dataclasses import dataclass

from recommender.constraints.base import Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate import MigrationEstimate
from recommender.migration.estimate_move import estimate_move
from recommender.objectives.migration_cost import MigrationCost
from recommender.placement.build_problem import build_problem
from recommender.placement.engine.state import SearchState
from recommender.placement.free_vms import FreeVms
from recommender.placement.move_details import network_moves
from recommender.placement.priority import price_of_seconds, priority_of
from recommender.placement.reasons import gainful_reason
from recommender.placement.request import PlacementRequest
from recommender.placement.result import DiskMove, Move
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.taking_disks import disks_there, is_for_lack_of_datastores

MOST_STARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOption:
    """A host that can take the VM now, by ``move``: with its disks where the host does not mount their datastores.

    ``objective_change``: what the objective would rise by, its migration included (below 0: better than staying).
    ``stars``: five for the best option, linear in the objective to one for the worst.
    """

    stars: int
    objective_change: float
    move: Move

    @property
    def host(self) -> EntityRef:
        """Where it would run."""
        return self.move.destination

    @property
    def estimate(self) -> MigrationEstimate:
        """Of its migration."""
        return self.move.estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRefusal:
    """A host that cannot take the VM now, and every rule that says so."""

    host: EntityRef
    rejections: tuple[Violation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRanking:
    """Options best first, refusals by reference, the VM's own host in neither; ``stays_broken``: rules broken there."""

    vm: EntityRef
    options: tuple[HostOption, ...]
    refusals: tuple[HostRefusal, ...]
    stays_broken: tuple[Violation, ...]


def rank_hosts(request: PlacementRequest, vm: VirtualMachine) -> HostRanking:
    """Every other host for ``vm``, with all other VMs where they are.

    Disks go along where the policy's ``copy_disks`` allows that and nothing but missing datastores speaks against a
    host as it is: then host and datastore are one option, or one refusal.
    """
    inventory = request.inventory
    constraints = rules_asked(request)
    prices = _Prices(request, vm)
    moves: list[tuple[float, Move]] = []
    refusals: list[HostRefusal] = []
    for number, host in enumerate(inventory.hosts):
        if host.ref == vm.host:
            continue
        disk_moves: tuple[DiskMove, ...] = ()
        rejections = caused_by_move(constraints, inventory, vm, host)
        if request.policy.relocation.copy_disks and is_for_lack_of_datastores(rejections):
            there = disks_there(inventory, request.policy, constraints, vm, host)
            if there is not None:
                rejections, disk_moves = there.rejections, there.disk_moves
        if rejections:
            refusals.append(HostRefusal(host=host.ref, rejections=rejections))
        else:
            moves.append(prices.of(number, host, disk_moves))
    moves.sort(key=lambda one: (one[0], one[1].destination))
    options = tuple(
        HostOption(stars=_stars(change, moves[0][0], moves[-1][0]), objective_change=change, move=move)
        for change, move in moves
    )
    broken = tuple(found for rule in constraints for found in rule.violations(inventory, (vm,)) if not found.is_unknown)
    return HostRanking(vm=vm.ref, options=options, refusals=tuple(refusals), stays_broken=broken)


class _Prices:
    """What the objective would rise by with one VM elsewhere, and the move that brings it there."""

    def __init__(self, request: PlacementRequest, vm: VirtualMachine) -> None:
        alone = FreeVms(vms=(vm,), must_leave=frozenset(), to_mend=(), is_reluctant=False)
        terms = [term for term in terms_asked(request) if term.name != MigrationCost.name]
        self._request, self._vm = request, vm
        self._state = SearchState(build_problem(request.inventory, (), terms, alone))
        self._changes = self._state.prices_of_coming(0) - self._state.price_of_leaving(0)

    def of(self, number: int, host: Host, disk_moves: tuple[DiskMove, ...]) -> tuple[float, Move]:
        """The change and the move; ``number`` is the host's position in the inventory."""
        inventory, policy, vm = self._request.inventory, self._request.policy, self._vm
        targets = {disk.disk_key: disk.destination for disk in disk_moves}
        estimate = estimate_move(inventory, policy, vm, host, targets)
        own_cost = price_of_seconds(policy, vm) * estimate.duration_p50_s
        gain, problem = max(0.0, -float(self._changes[number])), self._state.problem
        should = problem.vm_pair_cost[0]
        should_gain = float(should[int(problem.member_start[0])] - should[number])
        move = Move(
            vm=vm.ref,
            source=vm.host,
            destination=host.ref,
            disk_moves=disk_moves,
            network_moves=network_moves(inventory, policy, vm, host),
            reason=gainful_reason(problem, self._state, 0, number, should_gain),
            priority=priority_of(policy, gain, own_cost),
            gain=gain,
            cost=own_cost,
            estimate=estimate,
        )
        return float(self._changes[number]) + own_cost, move


def _stars(cost: float, best: float, worst: float) -> int:
    if worst <= best:
        return MOST_STARS
    return MOST_STARS - round((MOST_STARS - 1) * (cost - best) / (worst - best))
