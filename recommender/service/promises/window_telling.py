"""In which window a campaign ends, in words: told when it begins, and when that changes."""

from recommender.service.promises.expected import End, Expected
from recommender.service.promises.telling import ESTIMATED, change_told, clock_text

WHAT = "the whole campaign"


def window_told(expected: Expected) -> str:
    """What is to be told of its end, where another may have been said; empty if it is not worth it."""
    said, end, now = expected.said, expected.end, expected.looked_at
    if end.reason:
        return change_told(WHAT, said, expected)
    if said.window == end.window:
        return change_told(WHAT, said, expected) if said.ends_at and end.ends_at else ""
    over = f", over at {clock_text(end.ends_at, now)} UTC" if end.ends_at else ""
    if said.window is None:
        return f"{WHAT} is to be over in {_window(end, expected)}{over}: {ESTIMATED}"
    return f"the last batch moves from {_window(said, expected)} to {_window(end, expected)}{over}"


def _window(end: End, expected: Expected) -> str:
    opens = f" ({clock_text(end.window_opens_at, expected.looked_at)})" if end.window_opens_at else ""
    return f"window {end.window}{opens}"
