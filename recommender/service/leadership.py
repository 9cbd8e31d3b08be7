"""Which of several daemons on one journal works: the one that holds the lease; the others stand by."""

from typing import Any, Final

import structlog

from recommender.errors import JournalError
from recommender.journal.lease import Lease

LEADER: Final = "leader"
RENEWALS: Final = 4  # in each time to live


class Leadership:
    """``keep`` is to be called again and again, by one thread; ``is_ours`` may be asked by any."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._was_ours: bool | None = None

    @property
    def holder(self) -> str:
        """The name of this process, as the lease tells it."""
        return self._lease.holder

    @property
    def is_ours(self) -> bool:
        """Whether this process may work now, by its own clock alone: a frozen one that wakes may not."""
        return self._lease.is_ours

    @property
    def pause_s(self) -> float:
        """How long to wait between two calls of ``keep``, at most."""
        return self._lease.ttl_s / RENEWALS

    def keep(self) -> bool:
        """Renew the lease or try to take it; whether this process leads anew since the last call."""
        log: Any = structlog.get_logger()
        try:
            is_ours = self._lease.take()
        except JournalError as error:
            log.warning("the lease could not be asked for", error=str(error))
            is_ours = self._lease.is_ours
        before, self._was_ours = self._was_ours, is_ours
        if is_ours != before:
            log.info("leading" if is_ours else "standing by", holder=self._lease.holder, epoch=self._lease.epoch)
        return is_ours and not before

    def give_up(self) -> None:
        """Let the next one lead at once."""
        try:
            self._lease.release()
        except JournalError as error:  # it runs out by itself
            log: Any = structlog.get_logger()
            log.warning("the lease could not be given back", error=str(error))
