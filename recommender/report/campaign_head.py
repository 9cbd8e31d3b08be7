"""How a campaign, or a rolling maintenance, of the journal began and ended, each in a line."""

from collections.abc import Mapping
from typing import Any

from recommender.report.quantity_text import minute_text
from recommender.report.text import plain


def begun_line(one: Mapping[str, Any]) -> str:
    """Which it is, and who began it when."""
    return f"{one['id'][:12]} {plain(one['name'])}, begun {minute_text(one['begun_at'])} by {plain(one['author'])}"


def ended_line(one: Mapping[str, Any]) -> str:
    """When and how it ended, if it did."""
    return f"ended {minute_text(one['ended_at'])}: {plain(one['detail'])}" if one["ended_at"] else "not ended"
