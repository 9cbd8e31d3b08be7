"""Campaigns of the journal and their batches as one JSON document."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from recommender.journal.batches import BatchRecord
from recommender.journal.campaigns import Campaign
from recommender.journal.promises import PromiseRecord
from recommender.service.documents.promises import promise_document

CAMPAIGNS_FORMAT: Final = "recommender-campaigns/1"


def campaigns_document(
    found: Iterable[tuple[Campaign, tuple[BatchRecord, ...]]], promises: Mapping[str, PromiseRecord]
) -> dict[str, Any]:
    """Newest first, each with its batches in order, and with what of ``promises`` is of it."""
    return {
        "format": CAMPAIGNS_FORMAT,
        "campaigns": [
            {
                **campaign_head(campaign),
                "promise": promise_document(promises.get(campaign.id)),
                "batches": [
                    {
                        "number": batch.number,
                        "plan_id": batch.plan_id,
                        "begun_at": batch.begun_at.isoformat(),
                        "ended_at": batch.ended_at.isoformat() if batch.ended_at else None,
                        "detail": batch.detail,
                    }
                    for batch in batches
                ],
            }
            for campaign, batches in found
        ],
    }


def campaign_head(campaign: Campaign) -> dict[str, Any]:
    """What every document tells of one, whatever its kind."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "author": campaign.author,
        "begun_at": campaign.begun_at.isoformat(),
        "ended_at": campaign.ended_at.isoformat() if campaign.ended_at else None,
        "detail": campaign.detail,
    }
