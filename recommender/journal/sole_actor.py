"""One process at a time carries out plans in a vCenter: by a lease, which runs out when its process dies or freezes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from recommender.errors import ActsElsewhere, JournalError
from recommender.journal.lease import Lease

ACTING: Final = "acting"
IN_USE: Final = "another process is carrying out a plan in this vCenter: wait for it to end"
RENEWALS: Final = 4  # in each time to live


@contextmanager
def sole_actor(leases: Sequence[Lease], *, renews_itself: bool = True) -> Iterator[None]:
    """Within, all these leases are ours or run out. Raises ``JournalError`` at once where another process has one.

    A process that died without giving it back keeps others waiting for its time to live. Without ``renews_itself``
    somebody else has to renew it.
    """
    _take_all(leases)
    over = threading.Event()
    renewing = threading.Thread(target=_renew, args=(leases, over), name="lease", daemon=True)
    if renews_itself:
        renewing.start()
    try:
        yield
    finally:
        over.set()
        if renews_itself:
            renewing.join()
        _release(leases)


def _take_all(leases: Sequence[Lease]) -> None:
    for number, lease in enumerate(leases):
        try:
            is_ours = lease.take()
        except JournalError:
            _release(leases[:number])
            raise
        if not is_ours:
            _release(leases[:number])
            raise ActsElsewhere(IN_USE)


def _release(leases: Sequence[Lease]) -> None:
    for lease in leases:
        with suppress(JournalError):  # it runs out by itself
            lease.release()


def _renew(leases: Sequence[Lease], over: threading.Event) -> None:
    while not over.wait(min(lease.ttl_s for lease in leases) / RENEWALS):
        with suppress(JournalError):  # every intent asks whether it is still ours
            if not all(lease.take() for lease in leases):
                return
