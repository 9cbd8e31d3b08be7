"""Arms one failpoint of this process from the environment: for tests that kill or freeze a real process."""

import os
import signal
from collections.abc import Mapping
from itertools import count
from typing import Final

from recommender.errors import ConfigurationError
from recommender.failpoints import Failpoint, arm

VARIABLE: Final = "RECOMMENDER_FAILPOINT"
SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def arm_from(environment: Mapping[str, str]) -> None:
    """Obey ``RECOMMENDER_FAILPOINT=NAME[:TIMES][=kill|stop]``; without it nothing is armed.

    The process sends itself SIGKILL (or SIGSTOP, from which SIGCONT wakes it) when it is at the failpoint NAME for the
    TIMES-th time, which is the first unless told. Raises ``ConfigurationError``.
    """
    text = environment.get(VARIABLE)
    if not text:
        return
    place, _, action = text.partition("=")
    name, _, times = place.partition(":")
    problems = []
    if name not in list(Failpoint):
        problems.append(f"no failpoint is called {name!r}: {', '.join(Failpoint)}")
    if not (times or "1").isdecimal() or int(times or "1") < 1:
        problems.append(f"{times!r} is no number of times")
    if (action or "kill") not in SIGNALS:
        problems.append(f"{action!r} is not one of {', '.join(SIGNALS)}")
    if problems:
        raise ConfigurationError(f"{VARIABLE} cannot be used", problems)
    _arm(Failpoint(name), int(times or "1"), SIGNALS[action or "kill"])


def _arm(armed: Failpoint, times: int, number: signal.Signals) -> None:
    reached = count(1)

    def act(point: Failpoint) -> None:
        if point is armed and next(reached) == times:
            os.kill(os.getpid(), number)

    arm(act)
