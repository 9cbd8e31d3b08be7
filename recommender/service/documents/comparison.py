"""What others moved, next to what the service wanted at that time, as one document for people and scripts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from recommender.journal.foreign_moves import ForeignMove
from recommender.journal.recommendations import Recommendation
from recommender.service.documents.entity_names import with_names

COMPARISON_FORMAT: Final = "recommender-comparison/1"
AS_RECOMMENDED: Final = "as recommended"
ELSEWHERE: Final = "elsewhere than recommended"
UNWANTED: Final = "not recommended"


def comparison_document(
    others: Sequence[ForeignMove],
    recommended: Sequence[Recommendation],
    since: datetime,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Counts, and every move of others with its verdict, with ``names`` by address."""
    verdicts = Counter(_verdict(move) for move in others)
    lives = Counter(found.state.value for found in recommended)
    document = {
        "format": COMPARISON_FORMAT,
        "since": since.isoformat(),
        "recommendations": len(recommended),
        "recommendations_by_state": dict(sorted(lives.items())),
        "moves_of_others": len(others),
        "moves_by_verdict": {verdict: verdicts[verdict] for verdict in (AS_RECOMMENDED, ELSEWHERE, UNWANTED)},
        "moves": [
            {
                "at": move.at.isoformat(),
                "vm": {"ref": str(move.vm), "instance_uuid": move.instance_uuid},
                "source": str(move.source),
                "destination": str(move.destination),
                "recommended": move.recommended,
                "verdict": _verdict(move),
            }
            for move in others
        ],
    }
    return with_names(document, names)


def _verdict(move: ForeignMove) -> str:
    if move.recommended is None:
        return UNWANTED
    return AS_RECOMMENDED if move.recommended == str(move.destination) else ELSEWHERE
