"""How much memory a guest writes anew while a copy is under way."""

from collections.abc import Sequence
from math import expm1
from typing import NamedTuple


class PageClass(NamedTuple):
    """Memory that is written in one manner: its size in MiB, and the writes of all of it in MiB/s.

    ``is_sweep``: written from one end to the other, so that no write meets a page twice within a pass; else evenly
    and independently. Hot and cold pages are two classes.
    """

    working_set_mib: float
    dirty_mib_s: float
    is_sweep: bool = False

    def changed_mib(self, seconds: float) -> float:
        """Distinct memory written within ``seconds``."""
        if self.is_sweep:
            return min(self.dirty_mib_s * seconds, self.working_set_mib)
        return changed_mib(seconds, working_set_mib=self.working_set_mib, dirty_mib_s=self.dirty_mib_s)


def hot_and_cold(
    working_set_mib: float, dirty_mib_s: float, *, hot_share: float, hot_writes: float
) -> tuple[PageClass, PageClass]:
    """A working set of which the share ``hot_share`` takes the share ``hot_writes`` of all writes."""
    return (
        PageClass(working_set_mib * hot_share, dirty_mib_s * hot_writes),
        PageClass(working_set_mib * (1 - hot_share), dirty_mib_s * (1 - hot_writes)),
    )


def changed_mib(seconds: float, *, working_set_mib: float, dirty_mib_s: float) -> float:
    """Distinct memory written within ``seconds``: W · (1 − e^(−D·T/W)), which saturates at the working set.

    Writes are taken to fall on the working set evenly and independently, so that within a short time nearly
    every write meets a clean page, and within a long time no more than the working set is written. Plain D·T
    counts hot pages again and again; on measured migrations it is worse than ignoring the guest altogether.
    """
    if working_set_mib <= 0 or dirty_mib_s <= 0:
        return 0.0
    return -working_set_mib * expm1(-dirty_mib_s * seconds / working_set_mib)


def slowed_mib_s(dirty_mib_s: float, *, bandwidth_mib_s: float, max_slowdown: float) -> float:
    """The dirty rate that is left when the guest may write at most ``max_slowdown`` of what is sent.

    vMotion's *Stun During Page Send* (vSphere 5.0 and later) puts the vCPUs to sleep for milliseconds when the
    guest outruns the copy, so that rounds get shorter whatever the guest does.
    """
    return min(dirty_mib_s, max_slowdown * bandwidth_mib_s)


def slowed(classes: Sequence[PageClass], *, bandwidth_mib_s: float, max_slowdown: float | None) -> list[PageClass]:
    """All classes slowed alike until together they write no more than ``slowed_mib_s`` allows; ``None``: never."""
    dirty = sum(one.dirty_mib_s for one in classes)
    if max_slowdown is None or dirty <= max_slowdown * bandwidth_mib_s:
        return list(classes)
    left = slowed_mib_s(dirty, bandwidth_mib_s=bandwidth_mib_s, max_slowdown=max_slowdown) / dirty
    return [one._replace(dirty_mib_s=one.dirty_mib_s * left) for one in classes]
