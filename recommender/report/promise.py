"""When a campaign or a rolling maintenance is to be over, as a person reads it: promised next to actual."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console

from recommender.report.console import new_table
from recommender.report.quantity_text import duration_text, minute_text
from recommender.report.text import plain

MISSING: Final = "–"
STATES: Final = {"under_way": "under way", "not_needed": "not needed", "not_dated": "not dated"}


def print_promise(console: Console, one: Mapping[str, Any], what: str) -> None:
    """A row for each wave or batch, and the end in a line; nothing where nothing was promised of the whole."""
    promise = one["promise"]
    if promise is None:
        return
    table = new_table()
    for header in (what, "promised start", "promised end", "start", "end", "state"):
        table.add_column(header, no_wrap=True)
    for leg in promise["legs"]:
        table.add_row(
            "home" if leg["number"] is None else str(leg["number"]),
            *(
                minute_text(leg[key]).removesuffix(" UTC") if leg[key] else MISSING
                for key in ("promised_starts_at", "promised_ends_at", "starts_at", "ends_at")
            ),
            STATES.get(leg["state"], leg["state"]),
        )
    console.print(table)
    if not one["ended_at"]:
        console.print(f"{expected_text(promise)}; estimated by the plan made when it began", soft_wrap=True)
    elif then := promise["promised"]["ends_at"]:
        console.print(f"promised to be over at {minute_text(then)}", soft_wrap=True)


def expected_text(promise: Mapping[str, Any]) -> str:
    """When it is to be over, by what is known, next to what was promised."""
    now, then = promise["expected"], promise["promised"]
    looked = f"looked at {minute_text(now['looked_at'])}"
    if now["ends_at"] is None and now["window"]:
        return f"expected to be over in window {now['window']}, promised for window {then['window']}, {looked}"
    if now["ends_at"] is None:
        left = f"about {duration_text(promise['left_s'])} of it is left"
        return f"when it is over is not known: {plain(now['reason'])}; {left}, {looked}"
    latest = f" (p95 {minute_text(now['p95_at'])})" if now["p95_at"] else ""
    promised = f", promised for {minute_text(then['ends_at'])}" if then["ends_at"] else ""
    window = f", in the window until {minute_text(now['window_closes_at'])}" if now["window_closes_at"] else ""
    return f"expected to be over at {minute_text(now['ends_at'])}{latest}{promised}{window}, {looked}"
