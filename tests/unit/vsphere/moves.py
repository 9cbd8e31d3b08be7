"""Moves for tests, in one line each."""

from recommender.inventory.reference import EntityRef
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.placement.result import DiskMove, Move, NetworkMove, Reason

ESTIMATE = MigrationEstimate(
    kind=MigrationKind.VMOTION,
    duration_p50_s=10.0,
    duration_p95_s=20.0,
    downtime_p50_ms=100.0,
    downtime_p95_ms=200.0,
    sent_mib_p50=4096.0,
    sent_mib_p95=5000.0,
    dirty_ratio=0.1,
    converges=True,
    risk=RiskClass.SAFE,
    risk_reason="",
)


def ref(moid: str) -> EntityRef:
    return EntityRef("vc", moid)


def make_move(
    *,
    vm: str | EntityRef = "vm-1",
    to: str = "host-2",
    destination: EntityRef | None = None,
    disk_moves: tuple[DiskMove, ...] = (),
    network_moves: tuple[NetworkMove, ...] = (),
    priority: int = 3,
) -> Move:
    return Move(
        vm=ref(vm) if isinstance(vm, str) else vm,
        source=ref("host-1"),
        destination=destination or ref(to),
        disk_moves=disk_moves,
        network_moves=network_moves,
        reason=Reason.BALANCE_CPU,
        priority=priority,
        gain=1.0,
        estimate=ESTIMATE,
    )
