"""What a guest writes anew saturates at its working set."""

import pytest

from recommender.migration.dirty_rate import changed_mib, slowed_mib_s


@pytest.mark.parametrize(
    ("seconds", "changed"),
    [(0.0, 0.0), (1.0, 95.1626), (10.0, 632.1206), (1000.0, 1000.0)],
)
def test_changed_memory_saturates(seconds: float, changed: float) -> None:
    """W = 1,000 MiB, D = 100 MiB/s: 1000 · (1 − e^(−0.1)) = 95.1626; 1000 · (1 − e^(−1)) = 632.1206."""
    assert changed_mib(seconds, working_set_mib=1000.0, dirty_mib_s=100.0) == pytest.approx(changed, abs=1e-4)


def test_a_guest_that_writes_nothing_changes_nothing() -> None:
    assert changed_mib(10.0, working_set_mib=0.0, dirty_mib_s=100.0) == 0.0
    assert changed_mib(10.0, working_set_mib=100.0, dirty_mib_s=0.0) == 0.0


def test_a_guest_is_slowed_only_when_it_outruns_the_link() -> None:
    assert slowed_mib_s(60.0, bandwidth_mib_s=100.0, max_slowdown=0.7) == 60.0
    assert slowed_mib_s(500.0, bandwidth_mib_s=100.0, max_slowdown=0.7) == 70.0
