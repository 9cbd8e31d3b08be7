"""When a campaign is over as a whole: promised when it begins, and dated anew as batches end late, or leave VMs behind.

Nothing is searched: what waits is taken from the batches planned at the beginning. Each batch is decided afresh, so
that this is an estimate, and is called one.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.windows.batches import Batch
from recommender.planning.windows.campaign_rest import (
    BatchWindow,
    CampaignRest,
    PlannedBatch,
    planned_batches,
    rest_of_campaign,
)
from recommender.policy import Policy
from recommender.ports import Clock
from recommender.report.quantity_text import duration_text
from recommender.service.campaigns.order import CampaignOrder
from recommender.service.promises.expected import NOTHING_SAID, BegunLeg, ComingLeg, End, Expected, Kept
from recommender.service.promises.keeping import Keeper
from recommender.service.promises.window_telling import window_told
from recommender.service.service_journal import ServiceJournal


class PlannedCampaign(Kept):
    """What was planned when it began. ``every`` and ``closed``: when windows open, if a person told that."""

    batches: tuple[PlannedBatch, ...]
    promised: Expected
    every: str | None = None
    closed: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class CampaignPromise:
    """Of one campaign, in one window of this process: from ``opened_at`` to ``deadline``; ``later`` are those to come.

    ``comes_again``: after a wait for a person another process goes on in the same window. All times are aware UTC.
    """

    campaign_id: str
    journal: ServiceJournal
    clock: Clock
    tell: Callable[[str], None]
    opened_at: datetime
    deadline: datetime
    later: Callable[[], Iterable[BatchWindow]]
    comes_again: bool = False
    _keeper: Keeper = field(init=False)
    _planned: PlannedCampaign | None = field(default=None, init=False)
    _kept: Expected = field(init=False)
    _waiting: frozenset[EntityRef] = field(default=frozenset(), init=False)
    _running: frozenset[EntityRef] = field(default=frozenset(), init=False)
    _moved_at: datetime | None = field(default=None, init=False)  # when the batch under way is over
    _is_closed: bool = field(default=False, init=False)  # nothing begins in this window any more

    def __post_init__(self) -> None:
        self._keeper = Keeper(campaign_id=self.campaign_id, journal=self.journal, tell=self.tell)
        self._kept = Expected(looked_at=self.opened_at, end=NOTHING_SAID, p95_at=None, left_s=0.0, said=NOTHING_SAID)
        if found := self.journal.promises.of(self.campaign_id):
            self._planned = PlannedCampaign.model_validate(found.planned)
            self._kept = self._keeper.written = Expected.model_validate(found.expected)

    @property
    def is_missing(self) -> bool:
        """Whether nothing was promised of the whole, and nothing of it has begun. Raises ``JournalError``."""
        return self._planned is None and not self.journal.batches.of(self.campaign_id)

    def begin(
        self,
        inventory: Inventory,
        policy: Policy,
        order: CampaignOrder,
        batches: Sequence[Batch],
        *,
        every: str | None = None,
        closed: Sequence[str] = (),
    ) -> None:
        """Promise that these ``batches`` are made, one a window, from this window on. Raises ``JournalError``."""
        planned = planned_batches(inventory, policy.order, batches, order.categories)
        self._waiting = frozenset(vm for batch in planned for piece in batch.pieces for vm in piece.vms)
        promised = self._expected(planned)
        self._planned = PlannedCampaign(batches=planned, promised=promised, every=every, closed=tuple(closed))
        self.journal.promises.begin(self.campaign_id, self._planned.as_json(), promised.as_json())
        self._look()

    def seen(self, waiting: Collection[EntityRef]) -> None:
        """These still wait on the old hosts, and nothing runs."""
        self._waiting, self._running, self._moved_at = frozenset(waiting), frozenset(), None
        self._look()

    def begins(self, vms: Collection[EntityRef], takes_s: float) -> None:
        """A batch of these begins now, or those of it that failed are tried again."""
        now, number = self.clock.now(), self._number
        self._running, begun = frozenset(vms), self._kept.begun
        if not self._has_begun:
            begun = (*begun, BegunLeg(number=number, starts_at=now))
        self._kept = self._kept.model_copy(
            update={"begun": begun, "window": number, "window_opened_at": self.opened_at}
        )
        self.moves(now + timedelta(seconds=takes_s), 0.0)

    def moves(self, finish_at: datetime, again_s: float) -> None:
        """The batch under way is expected to end then, and what has failed to take so long elsewhere."""
        self._moved_at = finish_at + timedelta(seconds=again_s)
        self._look()

    def ends(self, done: Collection[EntityRef]) -> None:
        """The batch has ended; ``done`` are the VMs it moved."""
        now, window = self.clock.now(), self._kept.window
        self._waiting -= frozenset(done)
        self._running, self._moved_at = frozenset(), None
        begun = tuple(
            one.model_copy(update={"ends_at": now}) if one.number == window else one for one in self._kept.begun
        )
        self._kept = self._kept.model_copy(update={"begun": begun})
        self._look()

    def closes(self) -> None:
        """Nothing more begins in this window: what waits is dated in those to come."""
        self._is_closed = True
        self._look()

    def over(self) -> None:
        """Nothing is left to be done."""
        if self._planned is not None:
            self._waiting, self._running, self._moved_at = frozenset(), frozenset(), None
            ended = self._expected(self._planned.batches)
            self._keeper.written = None  # however little it differs
            self._kept = self._keeper.keep(ended.model_copy(update={"said": ended.end}))

    @property
    def _has_begun(self) -> bool:
        """Whether a batch has begun in this window; one in which none does is not counted."""
        return self._kept.window_opened_at == self.opened_at

    @property
    def _number(self) -> int:
        return self._kept.window + (not self._has_begun)

    def _look(self) -> None:
        if self._planned is not None:
            expected = self._expected(self._planned.batches)
            self._kept = self._keeper.keep(expected, window_told(expected))

    def _expected(self, planned: Sequence[PlannedBatch]) -> Expected:
        now = self.clock.now()
        free_at = max(now, self._moved_at or now)
        open_now = BatchWindow(opens_at=free_at, room_s=max(0.0, (self.deadline - free_at).total_seconds()))
        if self._is_closed:
            open_now = BatchWindow(opens_at=free_at, room_s=0.0)
        windows = chain([open_now] if self._has_begun or not self._is_closed else [], self.later())
        rest = rest_of_campaign(planned, self._waiting - self._running, windows, begun=self._number)
        return self._kept.model_copy(
            update={
                "looked_at": now,
                "left_s": (free_at - now).total_seconds() + rest.takes_s,
                "under_way_until": free_at if self._running else None,
                "to_come": tuple(self._coming(rest)),
            }
            | self._end(rest, free_at)
        )

    def _end(self, rest: CampaignRest, free_at: datetime) -> dict[str, End | datetime | None]:
        if rest.held_by_none_s:
            needed = duration_text(rest.held_by_none_s)
            reason = f"an application that is left takes {needed} (p95), which no window to come holds"
            return {"end": End(ends_at=None, reason=reason), "p95_at": None}
        if not rest.windows:
            return {"end": self._in_window(self._kept.window, self._kept.window_opened_at, free_at), "p95_at": free_at}
        last = rest.windows[-1]
        number = self._number + last.number
        is_this = number == self._number and not self._is_closed
        if last.opens_at is None:
            return {"end": self._in_window(number, None, None), "p95_at": None}
        ends_at, p95_at = (last.opens_at + timedelta(seconds=seconds) for seconds in (last.takes_s, last.p95_s))
        return {"end": self._in_window(number, self.opened_at if is_this else last.opens_at, ends_at), "p95_at": p95_at}

    def _in_window(self, number: int, opens_at: datetime | None, ends_at: datetime | None) -> End:
        closes_at = self.deadline if opens_at == self.opened_at else None
        return End(ends_at=ends_at, window=number, window_opens_at=opens_at, window_closes_at=closes_at)

    def _coming(self, rest: CampaignRest) -> Iterable[ComingLeg]:
        for load in rest.windows:
            ends_at = load.opens_at + timedelta(seconds=load.takes_s) if load.opens_at else None
            yield ComingLeg(number=self._number + load.number, starts_at=load.opens_at, ends_at=ends_at)
