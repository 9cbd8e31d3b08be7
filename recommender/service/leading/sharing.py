"""How daemons share the territories there are to lead: each about as many vCenters as the others.

Nobody assigns anything: every daemon looks at who is there, takes what is free if it leads no more than any other that
could, and gives away what would leave it with no less than the one that gets it. Leases alone decide who leads.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from recommender.errors import JournalError
from recommender.journal.presence import Picture, Presence
from recommender.service.leading.leadership import Leadership


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One territory as this daemon sees it. ``is_busy``: something is under way there, which is not interrupted."""

    name: str
    leadership: Leadership
    is_busy: Callable[[], bool] = lambda: False

    @property
    def size(self) -> int:
        """Of how many vCenters."""
        return len(self.leadership.leases)


def may_take(picture: Picture, share: Share, holder: str) -> bool:
    """Whether no other that could lead there leads less."""
    others = picture.candidates.get(share.name, frozenset()) - {holder}
    return all(picture.leads.get(holder, 0) <= picture.leads.get(other, 0) for other in others)


def should_give(picture: Picture, share: Share, holder: str) -> bool:
    """Whether another that could lead there would then lead no more than this one."""
    others = picture.candidates.get(share.name, frozenset()) - {holder}
    own = picture.leads.get(holder, 0)
    return any(picture.leads.get(other, 0) + share.size <= own - share.size for other in others)


class Sharing:
    """``keep`` is to be called again and again, by one thread."""

    def __init__(
        self,
        presence: Presence,
        holder: str,
        shares: tuple[Share, ...],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presence, self._holder, self._shares = presence, holder, shares
        self._monotonic, self._shown_s = monotonic, float("-inf")

    def keep(self) -> frozenset[str]:
        """Renew, take and give away; the names of the territories that are led anew since the last call."""
        now_s = self._monotonic()
        if now_s - self._shown_s >= min(share.leadership.pause_s for share in self._shares):
            try:
                self._presence.show(self._holder, [share.name for share in self._shares])
                self._shown_s = now_s
            except JournalError as error:
                log: Any = structlog.get_logger()
                log.warning("who is there could not be asked for", error=str(error))
        return frozenset(share.name for share in self._shares if self._keep(share))

    def _keep(self, share: Share) -> bool:
        log: Any = structlog.get_logger()
        try:
            picture = self._presence.picture()
        except JournalError:
            return share.leadership.keep()  # which tells
        if share.leadership.is_ours:
            if not share.is_busy() and should_give(picture, share, self._holder):
                log.info("giving away", territory=share.name, leads=dict(picture.leads))
                share.leadership.give_up()
                return False
        elif not may_take(picture, share, self._holder):
            share.leadership.stand_by()
            return False
        return share.leadership.keep()

    def give_up(self) -> None:
        """Let others lead at once."""
        log: Any = structlog.get_logger()
        try:
            self._presence.withdraw(self._holder)
        except JournalError as error:  # it runs out by itself
            log.warning("it could not be recorded that this process ends", error=str(error))
        for share in self._shares:
            share.leadership.give_up()
