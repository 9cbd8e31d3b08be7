"""Hooks of a rehearsal: they take simulated time, fail sometimes, and now and then hang for longer than a window."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from recommender.service.background_hooks import BackgroundHooks, Key
from recommender.service.hook_outcome import HookOutcome
from recommender.settings.hook import HookSettings
from recommender.simulation.clock import SimulatedClock

WORK_S: Final = (60.0, 1200.0)
HANGS_S: Final = 7200.0
HANGING, FAILING = 0.2, 0.2  # of the hooks


class SimulatedHooks(BackgroundHooks):
    """Of one process: what it has started is forgotten when it dies."""

    def __init__(self, clock: SimulatedClock, draw: np.random.Generator) -> None:
        super().__init__()
        self._clock, self._draw = clock, draw
        self._ends_s: dict[Key, float] = {}

    def start(
        self,
        key: Key,
        name: str,
        hook: HookSettings,
        facts: Mapping[str, Any],
        require_hold: Callable[[], None],
        *,
        note: str = "",
    ) -> None:
        """Draw how long it takes."""
        del hook, facts
        require_hold()
        self._outcomes[key], self._names[key], self._notes[key] = None, name, note
        hangs = self._draw.random() < HANGING
        self._ends_s[key] = self._clock.monotonic() + (HANGS_S if hangs else float(self._draw.uniform(*WORK_S)))

    def outcome(self, key: Key) -> HookOutcome | None:
        """How it ended, once its time has come."""
        self._let_end()
        return super().outcome(key)

    def all_run_for(self, name: str) -> bool:
        """As told by the base, at the present time."""
        self._let_end()
        return super().all_run_for(name)

    def _let_end(self) -> None:
        for key, ends_s in tuple(self._ends_s.items()):
            if self._clock.monotonic() >= ends_s:
                del self._ends_s[key]
                self._outcomes[key] = HookOutcome(succeeded=self._draw.random() >= FAILING, detail="it has ended")
