"""What was migrated, as one document for people and scripts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from recommender.journal.records import DoneStep
from recommender.service.documents.entity_names import with_names

HISTORY_FORMAT: Final = "recommender-history/1"


def history_document(done: Sequence[DoneStep], names: Mapping[str, str]) -> dict[str, Any]:
    """All of them, in the order given, with ``names`` by address."""
    return with_names({"format": HISTORY_FORMAT, "moves": [_one(found) for found in done]}, names)


def _one(found: DoneStep) -> dict[str, Any]:
    step = found.step
    return {
        "instance_uuid": step.instance_uuid,
        "vm": str(step.vm),
        "source": str(step.source),
        "destination": str(step.destination),
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
        "duration_s": step.duration_s,
        "predicted_p50_s": step.predicted_p50_s,
        "predicted_p95_s": step.predicted_p95_s,
        "plan_id": step.plan_id,
        "number": step.number,
        "author": found.author,
    }
