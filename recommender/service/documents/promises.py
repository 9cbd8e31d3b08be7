"""When campaigns and rolling maintenances are to be over, as one part of a JSON document: promised next to actual."""

from datetime import datetime
from typing import Any

from recommender.journal.promises import PromiseRecord
from recommender.service.promises.expected import Expected


def promise_document(record: PromiseRecord | None) -> dict[str, Any] | None:
    """``None`` where nothing was promised of the whole."""
    if record is None:
        return None
    promised, expected = (Expected.model_validate(one) for one in (record.planned["promised"], record.expected))
    return {
        "promised": _end(promised),
        "expected": _end(expected),
        "left_s": expected.left_s,
        "legs": list(_legs(promised, expected)),
    }


def _end(expected: Expected) -> dict[str, Any]:
    return {
        "looked_at": _text(expected.looked_at),
        "ends_at": _text(expected.end.ends_at),
        "p95_at": _text(expected.p95_at),
        "window_opens_at": _text(expected.end.window_opens_at),
        "window_closes_at": _text(expected.end.window_closes_at),
        "window": expected.end.window,
        "reason": expected.end.reason,
    }


def _legs(promised: Expected, expected: Expected) -> list[dict[str, Any]]:
    """By number, the way home last.

    ``state``: over, under_way, expected; or not_needed for what was planned and does not come, not_dated where it may.
    """
    then = {one.number: one for one in promised.to_come}
    coming = {one.number: one for one in expected.to_come}
    begun = {one.number: one for one in expected.begun}
    rest = "not_dated" if expected.end.reason else "not_needed"
    found = []
    for number in sorted({*then, *coming, *begun}, key=lambda number: (number is None, number or 0)):
        planned, ahead, behind = then.get(number), coming.get(number), begun.get(number)
        state, starts_at, ends_at = rest, None, None
        if ahead is not None:
            state, starts_at, ends_at = "expected", ahead.starts_at, ahead.ends_at
        if behind is not None:
            starts_at, ends_at = behind.starts_at, behind.ends_at or ends_at or expected.under_way_until
            state = "over" if behind.ends_at else "under_way"
        found.append(
            {
                "number": number,
                "state": state,
                "promised_starts_at": _text(planned.starts_at if planned else None),
                "promised_ends_at": _text(planned.ends_at if planned else None),
                "starts_at": _text(starts_at),
                "ends_at": _text(ends_at),
            }
        )
    return found


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
