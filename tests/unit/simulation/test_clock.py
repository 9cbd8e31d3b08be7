"""Simulated time passes only by sleeping."""

from datetime import UTC, datetime, timedelta

from recommender.simulation.clock import SimulatedClock


def test_sleeping_moves_both_clocks() -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    clock = SimulatedClock(start)
    clock.sleep(90.5)
    assert clock.now() == start + timedelta(seconds=90.5)
    assert clock.monotonic() == 90.5


def test_time_never_goes_back() -> None:
    clock = SimulatedClock()
    clock.sleep(-5.0)
    assert clock.monotonic() == 0.0


def test_whoever_shows_the_time_is_told_of_every_sleep() -> None:
    slept: list[float] = []
    clock = SimulatedClock(on_sleep=slept.append)
    clock.sleep(2.0)
    clock.sleep(0.0)
    clock.sleep(3.0)
    assert slept == [2.0, 3.0]
