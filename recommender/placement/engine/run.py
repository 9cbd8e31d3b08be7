"""How one search is run: who solves its parts, when it has to stop, and who hears how far it has come.

The search itself knows no clock. It asks once a round whether it has to stop; stopped after the same number of rounds,
it has the same answer, however long they took.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Stop = Callable[[], bool]
_Answer = TypeVar("_Answer")


class _Costed(Protocol):
    def cost(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """After ``rounds``: the objective of the best answer so far, and a proven bound of every one (``None``: unknown).

    Both count only what the search decides about; ``gap`` as in the result.
    """

    rounds: int
    objective: float
    bound: float | None

    @property
    def gap(self) -> float | None:
        """(objective − bound) / objective."""
        if self.bound is None or self.objective <= 0:
            return None
        return max(0.0, self.objective - self.bound) / self.objective


class SerialExecutor(Executor):
    """Does what it is given at once, where nobody gave an executor."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future has ended when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # raised again by whoever asks for the result
            future.set_exception(error)
        return future


class SearchRun:
    """Counts the ``rounds`` of one decision, over all searches that it takes; ``is_stopped`` once it was told to stop.

    ``executor`` solves neighbourhoods: functions and arguments that can be pickled, so that it may be a pool of
    threads, of processes, or elsewhere; answers are the same for each. ``stop`` is asked before each round and not
    again once it said yes. ``tell`` hears of each round.
    """

    def __init__(
        self,
        *,
        executor: Executor | None = None,
        stop: Stop = lambda: False,
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        self.rounds = 0
        self.is_stopped = False
        self._executor = executor or SerialExecutor()
        self._stop, self._tell = stop, tell
        self._bound: float | None = None

    def goes_on(self, state: _Costed) -> bool:
        """Whether there may be a round more; ``state``: the best answer so far."""
        if self.is_stopped or self._stop():
            self.is_stopped = True
            return False
        self.rounds += 1
        if self._tell is not None:
            self._tell(Progress(self.rounds, state.cost(), self._bound))
        return True

    def proves(self, bound: float | None) -> None:
        """What is known from now on of the question that is searched; ``None`` for a new one."""
        self._bound = bound

    def solved(self, question: Callable[..., _Answer], each: Sequence[tuple[Any, ...]]) -> list[_Answer]:
        """What ``question`` answers to each of the arguments, in their order."""
        futures = [self._executor.submit(question, *arguments) for arguments in each]
        return [future.result() for future in futures]


def stop_after(rounds: int) -> Stop:
    """Says yes when asked for one round more: what a recorded decision that was stopped is made again with."""
    left = iter(range(rounds))
    return lambda: next(left, None) is None
