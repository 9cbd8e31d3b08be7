"""Deciding a campaign: where everything goes, in which batches, and what is left, each VM with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recommender.actuation.vcenter_evacuation import STAYING_KINDS
from recommender.constraints.base import Constraint
from recommender.constraints.registry import constraints_for
from recommender.constraints.vm_affinity import VmAffinity
from recommender.errors import PlanError
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.answer import inventory_after
from recommender.placement.nowhere import why_nowhere
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve
from recommender.placement.tried import NOTHING_TRIED, Tried
from recommender.planning.replay.replay import replay
from recommender.planning.windows.batches import Batch, BatchRequest, BatchSplit, split_in_batches
from recommender.planning.windows.split import WINDOWS
from recommender.policy import Policy
from recommender.service.campaigns.drs_warning import drs_warnings
from recommender.service.campaigns.order import STAYS, CampaignOrder, campaign_policy

OTHER_BATCH = "it belongs to another batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignQuestion:
    """``window_s``: of each window; ``most``: so many batches are wanted. ``only``: of these VMs, ``None`` for all."""

    order: CampaignOrder
    inventory: Inventory
    policy: Policy
    window_s: float
    most: int = WINDOWS
    only: frozenset[EntityRef] | None = None
    before: Tried = NOTHING_TRIED
    recent_moves: tuple[RecentMove, ...] = ()
    seed: int = 0
    limits: SolveLimits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDecision:
    """``request.policy`` is the policy as the campaign needs it. ``nowhere``: VMs that no new host takes, and why."""

    request: PlacementRequest
    result: PlacementResult
    split: BatchSplit
    nowhere: Mapping[EntityRef, str]

    @property
    def batches(self) -> tuple[Batch, ...]:
        """In the order of the windows."""
        return self.split.batches

    @property
    def warnings(self) -> tuple[str, ...]:
        """What DRS may do meanwhile, in words."""
        leaving = self.request.evacuate
        coming = [host for host in self.request.among if host not in set(leaving)]
        return tuple(drs_warnings(self.request.inventory, leaving, coming))

    @property
    def waiting(self) -> tuple[VirtualMachine, ...]:
        """VMs that are on the old hosts and are not left there on purpose."""
        return _waiting(self.request)

    def left(self) -> Iterator[tuple[EntityRef, str]]:
        """What no batch moves, with the reason."""
        later = {move.vm for move in self.split.left}
        alone = dict(self.request.left_alone)
        for vm in self.waiting:
            if vm.ref in alone:
                yield vm.ref, alone[vm.ref]
            elif vm.ref in later:
                yield vm.ref, self.split.reason
            elif vm.ref in self.nowhere:
                yield vm.ref, self.nowhere[vm.ref]
        yield from ((vm, reason) for vm, reason in self.request.left_alone if reason == STAYS)


def decide_campaign(question: CampaignQuestion) -> CampaignDecision:
    """Raises ``UnknownName`` and ``AmbiguousName``, and ``PlanError`` for a batch that fails its own check."""
    inventory, order = question.inventory, question.order
    leaving = order.of.hosts_in(inventory)
    coming = tuple(host for host in order.to.hosts_in(inventory) if host not in set(leaving))
    policy = campaign_policy(question.policy, inventory, leaving, coming)
    left_alone = (*order.left_by_order(inventory, leaving), *question.before.left_alone, *_others(question, leaving))
    request = PlacementRequest(
        inventory=inventory,
        policy=policy,
        goal=Goal.EVACUATE,
        evacuate=leaving,
        among=(*leaving, *coming),
        recent_moves=question.recent_moves,
        left_alone=left_alone,
        failed=question.before.failed,
        seed=question.seed,
        limits=question.limits or SolveLimits(),
    )
    result = solve(request)
    constraints = constraints_for(policy, evacuate=leaving)
    split = split_in_batches(
        BatchRequest(
            inventory=inventory,
            policy=policy,
            moves=result.moves,
            constraints=constraints,
            window_s=question.window_s,
            categories=order.categories,
            most=question.most,
            seed=question.seed,
        )
    )
    if split.batches:
        _require_sound(inventory, constraints, policy, split.batches[0])
    return CampaignDecision(request=request, result=result, split=split, nowhere=_nowhere(request, result))


def _waiting(request: PlacementRequest) -> tuple[VirtualMachine, ...]:
    stays = {vm for vm, reason in request.left_alone if reason in (OTHER_BATCH, STAYS)}
    return tuple(
        vm
        for host in request.evacuate
        for vm in request.inventory.vms_on(host)
        if vm.kind not in STAYING_KINDS and vm.ref not in stays
    )


def _nowhere(request: PlacementRequest, result: PlacementResult) -> dict[EntityRef, str]:
    known = {move.vm for move in result.moves} | {vm for vm, _ in request.left_alone}
    stuck = [vm for vm in _waiting(request) if vm.ref not in known]
    if not stuck:
        return {}
    end = inventory_after(request.inventory, result.moves)
    constraints = tuple(rule for rule in rules_asked(request) if rule.name != VmAffinity.name)
    coming = [host for host in request.among if host not in set(request.evacuate)]
    reasons = why_nowhere(end, constraints, stuck, coming)
    alone = "each of the new hosts would take it alone, none with all that has to be with it"
    return {vm.ref: reason or alone for vm, reason in zip(stuck, reasons, strict=True)}


def _others(question: CampaignQuestion, leaving: tuple[EntityRef, ...]) -> Iterator[tuple[EntityRef, str]]:
    if question.only is not None:
        for host in leaving:
            for vm in question.inventory.vms_on(host):
                if vm.ref not in question.only:
                    yield vm.ref, OTHER_BATCH


def _require_sound(inventory: Inventory, constraints: tuple[Constraint, ...], policy: Policy, batch: Batch) -> None:
    """The batch that comes next is played through; later ones are decided anew before they begin."""
    findings = replay(inventory, constraints, policy, batch.part.plan)
    if findings:
        told = "; ".join(str(finding) for finding in findings)
        raise PlanError(f"a batch fails its own check, nothing is done (please report this): {told}")
