"""What was migrated lately, so that a decision does not send a VM back where it has just come from."""

from datetime import datetime, timedelta
from typing import Final

from recommender.inventory.recent_move import RecentMove
from recommender.journal.store import open_read_only

REMEMBERED: Final = timedelta(days=1)


def recent_moves(journal_url: str, now: datetime) -> tuple[RecentMove, ...]:
    """The migrations of the last day, oldest first; none where there is no journal yet, and none is made.

    Raises ``JournalError`` for one that cannot be read.
    """
    with open_read_only(journal_url) as journal:
        return () if journal is None else journal.recent_moves(now - REMEMBERED)
