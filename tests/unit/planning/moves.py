"""Moves with predictions that a test can compute with: nothing is sent over links unless it says so."""

from collections.abc import Sequence
from dataclasses import replace

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.placement.result import DiskMove, Move, Reason
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.policy import MoveScope, Policy
from tests.inventories import ref

POLICY = Policy(move_scope=MoveScope.DATACENTER, cpu_reserve_percent=0, memory_reserve_percent=0)


def estimate(
    seconds: float, *, kind: MigrationKind = MigrationKind.VMOTION, p95_s: float | None = None, sent_mib: float = 0.0
) -> MigrationEstimate:
    return MigrationEstimate(
        kind=kind,
        duration_p50_s=seconds,
        duration_p95_s=2 * seconds if p95_s is None else p95_s,
        downtime_p50_ms=100.0,
        downtime_p95_ms=200.0,
        sent_mib_p50=sent_mib,
        sent_mib_p95=sent_mib,
        dirty_ratio=0.1,
        converges=True,
        risk=RiskClass.SAFE,
        risk_reason="",
    )


def move(
    inventory: Inventory,
    vm: str,
    to: str,
    *,
    seconds: float = 10.0,
    priority: int = 3,
    datastore: str | None = None,
    kind: MigrationKind | None = None,
    sent_mib: float = 0.0,
) -> Move:
    """``vm`` from where it is to host ``to``, all its disks to ``datastore`` if one is named."""
    moved = inventory.vm(ref(vm))
    disk_moves = tuple(
        DiskMove(disk_key=disk.key, source=disk.datastore, destination=ref(datastore))
        for disk in moved.disks
        if datastore is not None
    )
    if kind is None:
        kind = MigrationKind.COMBINED if disk_moves else MigrationKind.VMOTION
        if not moved.is_powered_on:
            kind = MigrationKind.COLD
        elif moved.host == ref(to):
            kind = MigrationKind.STORAGE_VMOTION
    return Move(
        vm=moved.ref,
        source=moved.host,
        destination=ref(to),
        disk_moves=disk_moves,
        reason=Reason.BALANCE_CPU,
        priority=priority,
        gain=1.0,
        estimate=estimate(seconds, kind=kind, sent_mib=sent_mib),
    )


def planned(
    inventory: Inventory, moves: Sequence[Move], policy: Policy = POLICY, *, evacuate: tuple[EntityRef, ...] = ()
) -> Plan:
    """The plan, which the replay finds nothing wrong with."""
    constraints = constraints_for(policy, evacuate=evacuate)
    plan = schedule(inventory, policy, moves, constraints)
    assert [str(finding) for finding in replay(inventory, constraints, policy, plan, moves)] == []
    return plan


def findings(inventory: Inventory, plan: Plan, policy: Policy = POLICY) -> list[str]:
    return [str(finding) for finding in replay(inventory, constraints_for(policy), policy, plan)]


def timeline(plan: Plan) -> dict[str, tuple[float, float]]:
    """Start and end by VM, for VMs that move once."""
    return {step.move.vm.moid: (round(step.start_s, 6), round(step.end_s, 6)) for step in plan.steps}


def step_of(plan: Plan, vm: str) -> PlanStep:
    return next(step for step in plan.steps if step.move.vm == ref(vm))


def with_step(plan: Plan, changed: PlanStep) -> Plan:
    """The plan with one step changed, and otherwise as consistent as it can be."""
    steps = tuple(changed if step.number == changed.number else step for step in plan.steps)
    makespan_s = max(step.end_s for step in steps)
    return replace(
        plan,
        steps=steps,
        makespan_s=makespan_s,
        makespan_p95_s=max(plan.makespan_p95_s, makespan_s),
        makespan_lower_bound_s=0.0,
    )
