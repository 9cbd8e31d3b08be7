"""What has changed, out of the XML of an answer of WaitForUpdatesEx."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from recommender.vsphere.answers.pieces import changes_by_pieces
from recommender.vsphere.answers.values import NAMESPACE, named_value, response_in

_OURS: Final = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Change:
    """A property and what was done to it (``assign``, ``add``, ``remove``, ``indirectRemove``); ``None``: unset now."""

    path: str
    operation: str
    value: Any


@dataclass(frozen=True, slots=True)
class ObjectUpdate:
    """An object that has come (``enter``), has changed (``modify``) or is gone (``leave``).

    ``missing``: paths that cannot be read.
    """

    filter_id: str
    kind: str
    moid: str
    changes: tuple[Change, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Updates:
    """One answer; ``is_truncated``: there is more to ask for at once."""

    version: str
    is_truncated: bool
    objects: tuple[ObjectUpdate, ...]


def updates_in(content: bytes) -> Updates | None:
    """The updates; ``None`` where nothing has changed. Raises ``ValueError`` for what is no such answer."""
    cut = changes_by_pieces(content)
    content, changes = cut if cut is not None else (content, None)
    told = response_in(content).find(_OURS + "returnval")
    if told is None:
        return None
    version = told.findtext(_OURS + "version")
    if not version:
        raise ValueError("updates without a version")
    return Updates(
        version=version,
        is_truncated=told.findtext(_OURS + "truncated") in ("true", "1"),
        objects=tuple(_objects(told, changes)),
    )


def _objects(told: etree._Element, changes: list[tuple[str, str, Any]] | None) -> Iterator[ObjectUpdate]:
    for of_filter in told.iterfind(_OURS + "filterSet"):
        filter_id = of_filter.findtext(_OURS + "filter") or ""
        for update in of_filter.iterfind(_OURS + "objectSet"):
            yield ObjectUpdate(
                filter_id=filter_id,
                kind=update.findtext(_OURS + "kind") or "",
                moid=update.findtext(_OURS + "obj") or "",
                changes=tuple(_change(element, changes) for element in update.iterfind(_OURS + "changeSet")),
                missing=tuple(
                    missing.findtext(_OURS + "path") or "" for missing in update.iterfind(_OURS + "missingSet")
                ),
            )


def _change(element: etree._Element, changes: list[tuple[str, str, Any]] | None) -> Change:
    """The change, or the one whose number stands in its place."""
    if changes is not None:
        return Change(*changes[int(element.text or "")])
    path, value = named_value(element)
    return Change(path, element.findtext(_OURS + "op") or "", value)
