"""What is promised of the end of a campaign that a person carries out window by window."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from recommender.planning.windows.campaign_rest import BatchWindow
    from recommender.service.campaigns.decision import CampaignDecision
    from recommender.service.campaigns.promise import CampaignPromise
    from recommender.service.campaigns.run import CampaignRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What was planned of all of it, and when its windows open, if that was told."""

    decision: "CampaignDecision"
    every: str | None
    closed: tuple[str, ...]


def campaign_promise(run: "CampaignRun", window_s: float, beginning: Beginning | None) -> "CampaignPromise":
    """Of the campaign that ``run`` carries on in a window that opens now; promised where it is the ``beginning``."""
    from recommender.service.campaigns.order import CampaignOrder
    from recommender.service.campaigns.promise import CampaignPromise

    found, opened_at = run.journal.promises.of(run.campaign.id), run.deadline - timedelta(seconds=window_s)
    planned = found.planned if found else {}
    every = beginning.every if beginning else planned.get("every")
    closed = beginning.closed if beginning else tuple(planned.get("closed", ()))
    promise = CampaignPromise(
        campaign_id=run.campaign.id,
        journal=run.journal,
        clock=run.world.clock,
        tell=run.tell,
        opened_at=opened_at,
        deadline=run.deadline,
        later=lambda: _windows(every, closed, window_s, opened_at),
    )
    if beginning is not None:
        order, decision = CampaignOrder.from_asked(run.campaign.asked), beginning.decision
        request = decision.request
        promise.begin(request.inventory, request.policy, order, decision.batches, every=every, closed=closed)
    return promise


def _windows(every: str | None, closed: tuple[str, ...], window_s: float, after: "datetime") -> "Iterator[BatchWindow]":
    """Those to come, without an end; without dates where nobody told when they open."""
    from recommender.cli.windows import opens
    from recommender.planning.windows.campaign_rest import BatchWindow

    if every is None:
        return repeat(BatchWindow(opens_at=None, room_s=window_s))
    times = opens(every, window_s, after, {date.fromisoformat(day) for day in closed})
    return (BatchWindow(opens_at=at.astimezone(UTC), room_s=window_s) for at in times)
