"""The migration of a VM that does not run: copies of its files, and a registration."""

from recommender.migration.estimate import EstimateInput, EstimatePhase, MigrationEstimate, MigrationKind
from recommender.migration.interval_width import WidthPart, combined_s, width_reason
from recommender.migration.live_estimate import FIXED_FACTOR, DiskTime
from recommender.migration.risk import risk_of
from recommender.policy import MigrationPolicy


def cold_estimate(rules: MigrationPolicy, disks: DiskTime, inputs: tuple[EstimateInput, ...]) -> MigrationEstimate:
    """No rounds and no downtime of its own. With disks that stay, it only takes the policy's fixed seconds."""
    setup_s, teardown_s = rules.setup_s, rules.teardown_s
    parts = [
        WidthPart("what does not depend on size", (setup_s + teardown_s) * (FIXED_FACTOR - 1)),
        WidthPart("storage (no vSphere API tells what datastores carry)", disks.p95_s - disks.p50_s),
    ]
    p50_s = setup_s + teardown_s + disks.p50_s
    p95_s = p50_s + combined_s(parts)
    risk, reason = risk_of(duration_p95_s=p95_s, downtime_p95_ms=0.0, dirty_ratio_p95=0.0, rules=rules)
    storage = [EstimatePhase(name="storage", p50_s=disks.p50_s, p95_s=disks.p95_s)] if disks.mib else []
    return MigrationEstimate(
        kind=MigrationKind.COLD,
        duration_p50_s=p50_s,
        duration_p95_s=p95_s,
        downtime_p50_ms=0.0,
        downtime_p95_ms=0.0,
        sent_mib_p50=disks.mib,
        sent_mib_p95=disks.mib,
        dirty_ratio=0.0,
        converges=True,
        risk=risk,
        risk_reason=reason,
        inputs=inputs,
        phases=(
            EstimatePhase(name="setup", p50_s=setup_s, p95_s=FIXED_FACTOR * setup_s),
            *storage,
            EstimatePhase(name="teardown", p50_s=teardown_s, p95_s=FIXED_FACTOR * teardown_s),
        ),
        width_reason=width_reason(parts),
    )
