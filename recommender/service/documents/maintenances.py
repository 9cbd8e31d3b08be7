"""Rolling maintenances of the journal as one JSON document."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from recommender.actuation.turn import Turn
from recommender.journal.campaigns import Campaign
from recommender.journal.promises import PromiseRecord
from recommender.service.documents.campaigns import campaign_head
from recommender.service.documents.promises import promise_document

MAINTENANCES_FORMAT: Final = "recommender-maintenances/1"


def maintenances_document(
    found: Iterable[tuple[Campaign, tuple[Turn, ...]]], promises: Mapping[str, PromiseRecord]
) -> dict[str, Any]:
    """Newest first, each with the turns of its hosts, and with what of ``promises`` is of it."""
    return {
        "format": MAINTENANCES_FORMAT,
        "maintenances": [
            {
                **campaign_head(campaign),
                "promise": promise_document(promises.get(campaign.id)),
                "hosts": [
                    {
                        "host": str(turn.host),
                        "state": turn.state.value,
                        "wave": turn.wave,
                        "plan_id": turn.plan_id,
                        "detail": turn.detail,
                        "changed_at": turn.changed_at.isoformat() if turn.changed_at else None,
                    }
                    for turn in turns
                ],
            }
            for campaign, turns in found
        ],
    }
