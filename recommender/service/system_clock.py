"""Time as the machine tells it."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The ``Clock`` of everything but simulations and tests."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)
