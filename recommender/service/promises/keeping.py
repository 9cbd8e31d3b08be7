"""What is expected now is told and written down, if it is worth either."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from recommender.errors import JournalError
from recommender.service.promise import WORTH_SAYING
from recommender.service.promises.expected import Expected
from recommender.service.service_journal import ServiceJournal


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Of one campaign; ``written`` is what the journal holds, ``None`` before anything is."""

    campaign_id: str
    journal: ServiceJournal
    tell: Callable[[str], None]
    written: Expected | None = None

    def keep(self, expected: Expected, told: str = "") -> Expected:
        """``expected`` as it counts from now on; ``told``: what people are told of it, if anything."""
        if told:
            expected = expected.model_copy(update={"said": expected.end})
            self.tell(told)
        if told or _differs(self.written, expected):
            self.written = expected
            with suppress(JournalError):  # it is only for people who look
                self.journal.promises.expect(self.campaign_id, expected.as_json(), expected.looked_at, told)
        return expected


def _differs(kept: Expected | None, now: Expected) -> bool:
    """By more than the time that has passed."""
    if kept is None or kept.begun != now.begun or kept.window != now.window or kept.end.window != now.end.window:
        return True
    if kept.end.ends_at is None or now.end.ends_at is None:
        return kept.end != now.end
    return abs(kept.end.ends_at - now.end.ends_at) >= WORTH_SAYING
