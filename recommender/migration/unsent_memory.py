"""The memory of a guest that an engine still has to send, page class by page class.

Memory is sent once from end to end, the working set first (guests use the low end of their memory), then whatever a
look at the dirty pages adds. A page that waits to be sent cannot become dirty once more.
"""

from collections.abc import Sequence
from math import expm1

from recommender.migration.dirty_rate import PageClass


class UnsentMemory:
    """What is left of ``memory_mib``; ``classes`` say which part of it is written and how fast."""

    def __init__(self, memory_mib: float, classes: Sequence[PageClass]) -> None:
        self._classes = [one for one in classes if one.working_set_mib > 0 and one.dirty_mib_s > 0]
        self._written_mib = [one.working_set_mib for one in self._classes]
        self._other_mib = max(0.0, memory_mib - sum(self._written_mib))
        self._is_first_pass = True

    @property
    def mib(self) -> float:
        """All that is left."""
        return sum(self._written_mib) + self._other_mib

    def send(self, mib: float) -> None:
        """Send ``mib``, at most what is left."""
        written = sum(self._written_mib)
        if self._is_first_pass:
            of_written = min(mib, written)
            of_other = mib - of_written
        else:
            of_other = min(mib, self._other_mib)
            of_written = min(mib - of_other, written)
        self._other_mib = max(0.0, self._other_mib - of_other)
        if written > 0:
            kept = 1 - of_written / written
            self._written_mib = [one * kept for one in self._written_mib]

    def look(self, seconds: float) -> float:
        """Add what was written within the ``seconds`` since the last look; that many MiB."""
        before = sum(self._written_mib)
        self._is_first_pass = False
        for number, one in enumerate(self._classes):
            clean = one.working_set_mib - self._written_mib[number]
            if one.is_sweep:
                changed = min(one.dirty_mib_s * seconds, clean)
            else:
                changed = -clean * expm1(-one.dirty_mib_s * seconds / one.working_set_mib)
            self._written_mib[number] += changed
        return sum(self._written_mib) - before
