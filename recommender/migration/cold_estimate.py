"""The migration of a VM that does not run: copies of its files, and a registration."""

from recommender.migration.estimate import EstimateInput, MigrationEstimate, MigrationKind
from recommender.migration.live_estimate import DiskTime
from recommender.migration.risk import risk_of
from recommender.policy import MigrationPolicy


def cold_estimate(rules: MigrationPolicy, disks: DiskTime, inputs: tuple[EstimateInput, ...]) -> MigrationEstimate:
    """No rounds and no downtime of its own. With disks that stay, it only takes the policy's fixed seconds."""
    fixed_s = rules.setup_s + rules.teardown_s
    risk, reason = risk_of(duration_p95_s=fixed_s + disks.p95_s, downtime_p95_ms=0.0, dirty_ratio_p95=0.0, rules=rules)
    return MigrationEstimate(
        kind=MigrationKind.COLD,
        duration_p50_s=fixed_s + disks.p50_s,
        duration_p95_s=fixed_s + disks.p95_s,
        downtime_p50_ms=0.0,
        downtime_p95_ms=0.0,
        sent_mib_p50=disks.mib,
        sent_mib_p95=disks.mib,
        dirty_ratio=0.0,
        converges=True,
        risk=risk,
        risk_reason=reason,
        inputs=inputs,
    )
