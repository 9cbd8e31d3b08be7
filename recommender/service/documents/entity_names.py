"""Names beside a document's addresses, so that people can read it."""

from collections.abc import Iterator, Mapping
from typing import Any


def with_names(document: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The document with ``names`` of the addresses that stand in it, those of them that are known."""
    mentioned = {value for value in _texts(document) if value in names}
    return document | {"names": {address: names[address] for address in sorted(mentioned)}}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
