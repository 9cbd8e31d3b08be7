"""One process at a time carries out plans of a journal: by a lease, which runs out when its process dies or freezes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from recommender.errors import JournalError
from recommender.journal.lease import Lease

ACTING: Final = "acting"
IN_USE: Final = "another process is carrying out a plan with this journal: wait for it to end"
RENEWALS: Final = 4  # in each time to live


@contextmanager
def sole_actor(lease: Lease, *, renews_itself: bool = True) -> Iterator[None]:
    """Within, the lease is ours or runs out. Raises ``JournalError`` at once where another process has it.

    A process that died without giving it back keeps others waiting for its time to live. Without ``renews_itself``
    somebody else has to renew it.
    """
    if not lease.take():
        raise JournalError(IN_USE)
    over = threading.Event()
    renewing = threading.Thread(target=_renew, args=(lease, over), name="lease", daemon=True)
    if renews_itself:
        renewing.start()
    try:
        yield
    finally:
        over.set()
        if renews_itself:
            renewing.join()
        with suppress(JournalError):  # it runs out by itself
            lease.release()


def _renew(lease: Lease, over: threading.Event) -> None:
    while not over.wait(lease.ttl_s / RENEWALS):
        with suppress(JournalError):  # every intent asks whether it is still ours
            if not lease.take():
                return
