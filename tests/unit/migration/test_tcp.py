"""One TCP connection over a distance, computed by hand."""

from math import inf

import pytest

from recommender.migration.tcp import loss_mib_s, window_mib_s


def test_a_window_is_sent_once_a_round_trip() -> None:
    """0.62 · 4 MiB every 100 ms."""
    assert window_mib_s(4.0, rtt_ms=100.0) == pytest.approx(24.8)
    assert window_mib_s(4.0, rtt_ms=0.0) == inf


def test_four_times_the_loss_is_half_the_rate() -> None:
    """1,448 B · 1.2247 / (0.1 s · 0.01) = 1.7734 MB/s = 1.6912 MiB/s at a loss of one in ten thousand."""
    assert loss_mib_s(1e-4, rtt_ms=100.0) == pytest.approx(1.6912, abs=1e-4)
    assert loss_mib_s(4e-4, rtt_ms=100.0) == pytest.approx(1.6912 / 2, abs=1e-4)
    assert loss_mib_s(0.0, rtt_ms=100.0) == inf
