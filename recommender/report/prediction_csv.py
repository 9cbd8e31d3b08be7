"""Predictions as CSV for spreadsheets: one row a migration, no cell that a spreadsheet would take for a formula."""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any, Final

# What makes a spreadsheet calculate, or skip to what does; a leading apostrophe makes it text.
FORMULA_STARTS: Final = ("=", "+", "-", "@")
PREDICTIONS_FORMAT: Final = "recommender-predictions/1"
COLUMNS: Final = (
    "name",
    "duration_p50_s",
    "duration_p95_s",
    "model_p50_s",
    "actual_s",
    "downtime_p50_ms",
    "downtime_p95_ms",
    "sent_mib_p50",
    "sent_mib_p95",
    "rounds",
    "dirty_ratio",
    "converges",
    "risk",
    "risk_reason",
    "learnt",
    "guest_loss_share",
    "width_reason",
)


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows below a header of ``COLUMNS``; ``None`` is an empty cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        text = "".join(one if one.isprintable() else " " for one in value)
        return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text
    return value
