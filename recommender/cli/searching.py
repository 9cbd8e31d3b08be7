"""A search at the terminal: threads that solve its parts, progress on standard error, Ctrl-C, a limit of time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.status import Status

    from recommender.placement.engine.run import Progress, SearchRun

PAUSE_S: Final = 0.2  # between two lines of progress


@dataclass(slots=True)
class Interruption:
    """``is_asked``: somebody pressed Ctrl-C and wants the best answer so far."""

    is_asked: bool = False


@contextmanager
def searching(*, limit_s: float | None = None, interruption: Interruption | None = None) -> "Iterator[SearchRun]":
    """Within, one decision may be searched; it is stopped after so many seconds of wall-clock time.

    With an ``interruption`` the first Ctrl-C stops the search and is noted there; the second one ends the command.
    """
    import os
    import time
    from concurrent.futures import ThreadPoolExecutor

    from recommender.placement.engine.run import SearchRun
    from recommender.report.console import message_console

    began, console = time.monotonic(), message_console()
    asked = interruption or Interruption()

    def is_over() -> bool:
        return asked.is_asked or (limit_s is not None and time.monotonic() - began >= limit_s)

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="search"))
        if interruption is not None:
            stack.enter_context(_noting(interruption))
        if not console.is_terminal:
            yield SearchRun(executor=pool, stop=is_over)
            return
        status = stack.enter_context(console.status("searching", spinner="line"))
        yield SearchRun(executor=pool, stop=is_over, tell=_Told(status, time.monotonic))


class _Told:
    def __init__(self, status: "Status", clock: "Callable[[], float]") -> None:
        self._status, self._clock, self._next = status, clock, 0.0

    def __call__(self, progress: "Progress") -> None:
        if (now := self._clock()) >= self._next:
            self._next = now + PAUSE_S
            self._status.update(progress_text(progress))


def progress_text(progress: "Progress") -> str:
    """``searching: round 120, objective 19345.2, bound 19250.1, gap 0.49 %``."""
    from recommender.report.quantity_text import share_text

    bound = "unknown" if progress.bound is None else f"{progress.bound:.1f}"
    return (
        f"searching: round {progress.rounds}, objective {progress.objective:.1f}, "
        f"bound {bound}, gap {share_text(progress.gap)}"
    )


@contextmanager
def _noting(interruption: Interruption) -> Iterator[None]:
    import signal
    from types import FrameType

    def note(_number: int, _frame: FrameType | None) -> None:
        interruption.is_asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the second one means it

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
