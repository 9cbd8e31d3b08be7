"""Questions to JSON whose types are not checked yet; what has the wrong type is passed over in silence."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

Entry = tuple[int, dict[str, Any]]


def entries(content: object, name: str) -> list[Entry]:
    """The objects in the list called ``name``, with their positions."""
    found = content.get(name) if isinstance(content, dict) else None
    if not isinstance(found, list):
        return []
    return [(position, entry) for position, entry in enumerate(found) if isinstance(entry, dict)]


def address(value: object) -> str | None:
    """``vcenter/moid`` of an entity reference."""
    if isinstance(value, dict) and isinstance(value.get("vcenter"), str) and isinstance(value.get("moid"), str):
        return f"{value['vcenter']}/{value['moid']}"
    return None


def repeated(place: str, found: list[Entry], key: Callable[[dict[str, Any]], object]) -> Iterator[str]:
    """A problem for each entry whose key an earlier one has."""
    first: dict[object, int] = {}
    for position, entry in found:
        value = key(entry)
        if isinstance(value, str | int):
            earlier = first.setdefault(value, position)
            if earlier != position:
                yield f"{place}[{position}]: {value!r} is there already at [{earlier}]"


def time_problems(place: str, text: object) -> Iterator[str]:
    """A problem if it is a time without a zone."""
    if isinstance(text, str):
        try:
            if datetime.fromisoformat(text).tzinfo is None:
                yield f"{place}: has no time zone"
        except ValueError:
            return  # the check of types says so


def is_negative(value: object) -> bool:
    """Whether it is a number below 0."""
    return isinstance(value, int | float) and value < 0
