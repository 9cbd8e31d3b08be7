"""The service's recommendations with their lives, as one document for people and scripts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from recommender.journal.recommendations import Recommendation
from recommender.service.documents.entity_names import with_names

RECOMMENDATIONS_FORMAT: Final = "recommender-recommendations/1"


def recommendations_document(recommendations: Sequence[Recommendation], names: Mapping[str, str]) -> dict[str, Any]:
    """All of them, in the order given, with ``names`` by address."""
    document = {"format": RECOMMENDATIONS_FORMAT, "recommendations": [_one(found) for found in recommendations]}
    return with_names(document, names)


def _one(found: Recommendation) -> dict[str, Any]:
    return {
        "id": found.id,
        "vm": {"ref": str(found.move.vm), "instance_uuid": found.instance_uuid},
        "source": str(found.move.source),
        "destination": str(found.move.destination),
        "reason": found.move.reason.value,
        "priority": found.move.priority,
        "gain": found.move.gain,
        "duration_p50_s": found.move.estimate.duration_p50_s,
        "rounds": found.rounds,
        "first_at": found.first_at.isoformat(),
        "last_at": found.last_at.isoformat(),
        "state": found.state.value,
        "ended_at": found.ended_at.isoformat() if found.ended_at else None,
        "ended_by": found.ended_by,
        "detail": found.detail,
    }
