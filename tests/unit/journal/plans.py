"""A small plan for tests: v1 goes from h1 to h2 and takes its disk along, then v2 goes from h2 to h1."""

from datetime import UTC, datetime
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.placement.result import DiskMove, Move, Reason
from recommender.planning.basis import plan_basis
from recommender.planning.plan import Plan, PlanStep
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

CREATED_AT = datetime(2026, 1, 5, 12, 1, 30, 250_000, tzinfo=UTC)


def make_move(vm: str, source: str, destination: str, **changes: Any) -> Move:
    estimate = MigrationEstimate(
        kind=MigrationKind.VMOTION,
        duration_p50_s=10.5,
        duration_p95_s=20.25,
        downtime_p50_ms=100.0,
        downtime_p95_ms=180.0,
        sent_mib_p50=4096.0,
        sent_mib_p95=5000.0,
        dirty_ratio=0.1,
        converges=True,
        risk=RiskClass.SAFE,
        risk_reason="all within limits",
    )
    values: dict[str, Any] = {
        "vm": ref(vm),
        "source": ref(source),
        "destination": ref(destination),
        "reason": Reason.BALANCE_CPU,
        "priority": 3,
        "gain": 1.5,
        "estimate": estimate,
    }
    return Move(**(values | changes))


def make_plan(*moves: Move) -> Plan:
    steps = tuple(
        PlanStep(
            number=number,
            move=move,
            start_s=10.5 * (number - 1),
            end_s=10.5 * number,
            depends_on=(number - 1,) if number > 1 else (),
        )
        for number, move in enumerate(moves, start=1)
    )
    length_s = 10.5 * len(moves)
    return Plan(steps=steps, makespan_s=length_s, makespan_p95_s=2 * length_s, makespan_lower_bound_s=length_s)


def two_hosts() -> Inventory:
    return make_inventory(
        [make_host("h1", datastores=("ds", "ds2")), make_host("h2", datastores=("ds", "ds2")), make_host("h3")],
        [make_vm("v1", "h1"), make_vm("v2", "h2"), make_vm("v3", "h3")],
    )


def exchange() -> Plan:
    along = DiskMove(disk_key=2000, source=ref("ds"), destination=ref("ds2"))
    return make_plan(make_move("v1", "h1", "h2", disk_moves=(along,)), make_move("v2", "h2", "h1"))


def saved_plan(**changes: Any) -> SavedPlan:
    policy = Policy()
    values: dict[str, Any] = {
        "plan": exchange(),
        "policy": policy,
        "basis": plan_basis(two_hosts(), policy, exchange()),
        "evacuate": (ref("h1"),),
        "created_at": CREATED_AT,
        "author": "ada",
    }
    return SavedPlan(**(values | changes))
