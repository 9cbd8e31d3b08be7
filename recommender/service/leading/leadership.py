"""Which of several daemons on one journal works in which vCenters: who holds their leases; the others stand by."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import structlog

from recommender.errors import JournalError
from recommender.journal.lease import Lease, lease_names

LEADER: Final = "leader"
RENEWALS: Final = 4  # in each time to live


class Leadership:
    """Of one territory. ``keep`` is to be called again and again, by one thread; ``is_ours`` may be asked by any.

    It has one lease for each of its vCenters and leads with all of them or with none, so that what is decided across
    them is decided by one process. Processes lead beside each other in different vCenters.
    """

    def __init__(self, leases: Sequence[Lease]) -> None:
        """In the order in which they are taken, which has to be the same in every process."""
        self._leases = tuple(leases)
        self._was_ours: bool | None = None

    @property
    def leases(self) -> tuple[Lease, ...]:
        """All of them: the journal asks their rows before anything starts, since a clock may have stood still."""
        return self._leases

    @property
    def holder(self) -> str:
        """The name of this process, as the first lease tells it."""
        return self._leases[0].holder

    @property
    def is_ours(self) -> bool:
        """Whether this process may work now, by its own clock alone: a frozen one that wakes may not."""
        return all(lease.is_ours for lease in self._leases)

    @property
    def pause_s(self) -> float:
        """How long to wait between two calls of ``keep``, at most."""
        return min(lease.ttl_s for lease in self._leases) / RENEWALS

    def keep(self) -> bool:
        """Renew the leases or try to take them; whether this process leads anew since the last call."""
        log: Any = structlog.get_logger()
        try:
            is_ours = self._take_all()
        except JournalError as error:
            log.warning("the lease could not be asked for", error=str(error))
            is_ours = self.is_ours
        return self._tell(is_ours=is_ours)

    def stand_by(self) -> None:
        """Leave it to others this time."""
        self._tell(is_ours=False)

    def give_up(self) -> None:
        """Let the next one lead at once."""
        self._release(self._leases)
        self._tell(is_ours=False)

    def _tell(self, *, is_ours: bool) -> bool:
        """Whether it leads now and did not before."""
        before, self._was_ours = self._was_ours, is_ours
        if is_ours != before:
            log: Any = structlog.get_logger()
            epochs = {lease.name: lease.epoch for lease in self._leases}
            log.info("leading" if is_ours else "standing by", holder=self.holder, epochs=epochs)
        return is_ours and not before

    def _take_all(self) -> bool:
        """Whether all are ours now; a part of them helps nobody and is given back, for others to take."""
        for lease in self._leases:
            if not lease.take():
                self._release([one for one in self._leases if one.is_ours])
                return False
        return True

    def _release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            try:
                lease.release()
            except JournalError as error:  # it runs out by itself
                log: Any = structlog.get_logger()
                log.warning("the lease could not be given back", error=str(error))


def leader_leases(vcenters: Collection[str]) -> tuple[str, ...]:
    """The names of the leases with which a process that is configured for these vCenters leads."""
    return lease_names(LEADER, vcenters)
