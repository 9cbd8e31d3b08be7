"""Time that passes only when somebody sleeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

MONDAY_MORNING: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class SimulatedClock:
    """The ``Clock`` port in which sleeping moves a counter.

    ``on_sleep`` is called after each sleep with the simulated seconds that passed, so that a live display can be
    redrawn and paced in real time.
    """

    def __init__(self, start: datetime = MONDAY_MORNING, *, on_sleep: Callable[[float], None] | None = None) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._on_sleep = on_sleep

    def now(self) -> datetime:
        """The simulated time, aware UTC."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Simulated seconds since the clock was made."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass at once; nothing passes if ``seconds`` is not positive."""
        if seconds <= 0:
            return
        self._elapsed_s += seconds
        if self._on_sleep is not None:
            self._on_sleep(seconds)
