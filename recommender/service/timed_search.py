"""A search of the service: it has so much time, and logs how far it has come."""

from typing import Any, Final

import structlog

from recommender.placement.engine.run import Progress, SearchRun
from recommender.placement.result import PlacementResult
from recommender.service.world import World

LOGGED_EVERY_S: Final = 10.0


def timed_run(world: World, limit_s: float) -> SearchRun:
    """One decision that may take ``limit_s`` of the world's monotonic time."""
    clock = world.clock
    began = clock.monotonic()
    told_at = began

    def tell(progress: Progress) -> None:
        nonlocal told_at
        if clock.monotonic() - told_at < LOGGED_EVERY_S:
            return
        told_at = clock.monotonic()
        log: Any = structlog.get_logger()
        log.info(
            "searching",
            after_s=round(told_at - began, 1),
            rounds=progress.rounds,
            objective=round(progress.objective, 3),
            bound=None if progress.bound is None else round(progress.bound, 3),
            gap=None if progress.gap is None else round(progress.gap, 6),
        )

    return SearchRun(executor=world.executor, stop=lambda: clock.monotonic() - began >= limit_s, tell=tell)


def stop_text(result: PlacementResult) -> str:
    """What is to be said of an answer whose search was stopped; empty for any other."""
    return f"; the search was stopped after {result.rounds} rounds" if result.is_stopped else ""
