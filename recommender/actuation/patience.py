"""How long we wait for what: a limit on everything."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# Two clocks may differ by this much when a task's time is compared with ours.
CLOCK_SKEW: Final = timedelta(seconds=5)

MOMENT: Final = "%Y-%m-%d %H:%M:%S UTC"  # how a time is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """All in seconds.

    ``poll_s``: between two looks, at most. ``appear_s``: for a task to show after its call's answer was lost, and for
    a VM to be seen where a successful task brought it. ``silence_s``: for a vCenter that does not answer. ``run_s``:
    for a task that still runs, ``maintenance_s``: for an empty host to be in maintenance mode. Where one of the last
    three is over, the outcome is unknown; nothing is ever sent again.

    ``hung_after_p95``: a migration that takes so many times its p95, and at least ``hung_least_s``, is left to itself:
    it stays open in the journal, for later turns to look at. ``None`` for those who wait for it. ``entering_s``: the
    same for an empty host that does not come to an end of entering maintenance mode.

    What waits for a migration's end loses the time until it is seen. So one that has run for a while is looked at
    again after ``look_share`` of that while, at the soonest after ``look_least_s``; all together ``looks_a_s`` times a
    second.
    """

    poll_s: float = 2.0
    look_share: float = 0.02
    look_least_s: float = 0.5
    looks_a_s: float = 40.0
    appear_s: float = 60.0
    silence_s: float = 600.0
    run_s: float = 86_400.0
    maintenance_s: float = 1800.0
    hung_after_p95: float | None = None
    hung_least_s: float = 900.0
    entering_s: float | None = None

    def look_again_s(self, ran_s: float, flights: int) -> float:
        """After how many seconds to look again at one of so many ``flights``, which has run for ``ran_s``."""
        return min(self.poll_s, max(self.look_least_s, flights / self.looks_a_s, self.look_share * ran_s))

    def hangs_after_s(self, duration_p95_s: float) -> float:
        """For how long a migration of such a p95 is followed."""
        if self.hung_after_p95 is None:
            return float("inf")
        return max(self.hung_least_s, self.hung_after_p95 * duration_p95_s)


DEFAULT_PATIENCE: Final = Patience()  # of a person who waits for one plan
SERVICE_PATIENCE: Final = Patience(hung_after_p95=3.0, entering_s=300.0)  # of the service, which has other things to do
