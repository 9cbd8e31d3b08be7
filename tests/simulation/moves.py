"""Moves for the simulated data centre, whose estimates nobody reads there."""

from recommender.inventory.inventory import Inventory
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.placement.result import DiskMove, Move, Reason
from tests.inventories import ref

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


def a_move(inventory: Inventory, vm: str, to: str, *, datastore: str | None = None) -> Move:
    """``vm`` from where it is to host ``to``, with all its disks to ``datastore`` if one is named."""
    moved = inventory.vm(ref(vm))
    disk_moves = tuple(
        DiskMove(disk_key=disk.key, source=disk.datastore, destination=ref(datastore))
        for disk in moved.disks
        if datastore is not None
    )
    return Move(
        vm=moved.ref,
        source=moved.host,
        destination=ref(to),
        disk_moves=disk_moves,
        reason=Reason.BALANCE_CPU,
        priority=3,
        gain=1.0,
        estimate=ESTIMATE,
    )
