"""Whether a migration is risky, by the policy's limits and by how the dirty rate compares with the bandwidth."""

from typing import Final

from recommender.migration.estimate import RiskClass
from recommender.policy import MigrationPolicy

# On measured migrations without throttling, a downtime above 0.5 s came in 0.5 % of the cases up to λ = 0.5, in 10 %
# up to 0.7, in 29 % up to 0.9 and in 74 % beyond (Jo, Cho, Egger, SoCC 2017, our evaluation of their data).
WARNING_RATIO: Final = 0.7
NOT_CONVERGING_RATIO: Final = 0.9


def risk_of(
    *, duration_p95_s: float, downtime_p95_ms: float, dirty_ratio_p95: float, rules: MigrationPolicy
) -> tuple[RiskClass, str]:
    """The class and its reason with numbers; the worst class that applies."""
    ratio = f"dirty rate / bandwidth is {dirty_ratio_p95:.2f} at p95"
    if dirty_ratio_p95 >= NOT_CONVERGING_RATIO:
        return RiskClass.MAY_NOT_CONVERGE, f"{ratio}, at least {NOT_CONVERGING_RATIO:g}"
    if duration_p95_s > rules.max_duration_s:
        return RiskClass.LONG, f"{duration_p95_s:.0f} s at p95, more than {rules.max_duration_s:.0f} s"
    if downtime_p95_ms > rules.max_downtime_ms:
        return RiskClass.LONG, f"downtime {downtime_p95_ms:.0f} ms at p95, more than {rules.max_downtime_ms:.0f} ms"
    if dirty_ratio_p95 >= WARNING_RATIO:
        return RiskClass.WARNING, f"{ratio}, at least {WARNING_RATIO:g}"
    return RiskClass.SAFE, f"{ratio}; {duration_p95_s:.0f} s and {downtime_p95_ms:.0f} ms of downtime are in limits"
