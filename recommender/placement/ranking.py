"""Where one VM should run: every host with stars or with what refuses it."""

from dataclasses import dataclass

from recommender.constraints.base import Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate import MigrationEstimate
from recommender.migration.estimate_move import estimate_move
from recommender.placement.build_problem import build_problem
from recommender.placement.free_vms import FreeVms
from recommender.placement.request import PlacementRequest
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.search_state import SearchState

MOST_STARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOption:
    """A host that can take the VM now.

    ``objective_change``: what the objective would rise by, its migration included (below 0: better than staying).
    ``stars``: five for the best option, linear in the objective to one for the worst.
    """

    host: EntityRef
    stars: int
    objective_change: float
    estimate: MigrationEstimate


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
    """Every other host for ``vm``, with all other VMs where they are."""
    inventory, policy = request.inventory, request.policy
    constraints = rules_asked(request)
    changes = _objective_changes(request, vm)
    eligible: list[Host] = []
    refusals: list[HostRefusal] = []
    for host in inventory.hosts:
        if host.ref == vm.host:
            continue
        rejections = caused_by_move(constraints, inventory, vm, host)
        if rejections:
            refusals.append(HostRefusal(host=host.ref, rejections=rejections))
        else:
            eligible.append(host)
    eligible.sort(key=lambda host: (changes[host.ref], host.ref))
    costs = [changes[host.ref] for host in eligible]
    options = tuple(
        HostOption(
            host=host.ref,
            stars=_stars(changes[host.ref], costs[0], costs[-1]),
            objective_change=changes[host.ref],
            estimate=estimate_move(inventory, policy, vm, host),
        )
        for host in eligible
    )
    broken = tuple(found for rule in constraints for found in rule.violations(inventory, (vm,)) if not found.is_unknown)
    return HostRanking(vm=vm.ref, options=options, refusals=tuple(refusals), stays_broken=broken)


def _objective_changes(request: PlacementRequest, vm: VirtualMachine) -> dict[EntityRef, float]:
    alone = FreeVms(vms=(vm,), must_leave=frozenset(), to_mend=(), is_reluctant=False)
    state = SearchState(build_problem(request.inventory, (), terms_asked(request), alone))
    changes = state.prices_of_coming(0) - state.price_of_leaving(0)
    return {host.ref: float(change) for host, change in zip(request.inventory.hosts, changes, strict=True)}


def _stars(cost: float, best: float, worst: float) -> int:
    if worst <= best:
        return MOST_STARS
    return MOST_STARS - round((MOST_STARS - 1) * (cost - best) / (worst - best))
