"""The risk class follows the policy's limits and the ratio of dirty rate to bandwidth."""

import pytest

from recommender.migration.estimate import RiskClass
from recommender.migration.risk import risk_of
from recommender.policy import MigrationPolicy


@pytest.mark.parametrize(
    ("duration_s", "downtime_ms", "ratio", "risk", "said"),
    [
        (3600.0, 1000.0, 0.69, RiskClass.SAFE, "0.69"),
        (3601.0, 0.0, 0.0, RiskClass.LONG, "3601 s at p95, more than 3600 s"),
        (10.0, 1001.0, 0.8, RiskClass.LONG, "downtime 1001 ms at p95, more than 1000 ms"),
        (10.0, 10.0, 0.7, RiskClass.WARNING, "0.70 at p95, at least 0.7"),
        (10.0, 10.0, 0.89, RiskClass.WARNING, "0.89"),
        (9999.0, 9999.0, 0.9, RiskClass.MAY_NOT_CONVERGE, "0.90 at p95, at least 0.9"),
    ],
)
def test_classes(duration_s: float, downtime_ms: float, ratio: float, risk: RiskClass, said: str) -> None:
    found, reason = risk_of(
        duration_p95_s=duration_s, downtime_p95_ms=downtime_ms, dirty_ratio_p95=ratio, rules=MigrationPolicy()
    )
    assert found is risk
    assert said in reason
