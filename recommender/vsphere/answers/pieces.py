"""Answers of the property collector read piece by piece: what many objects have alike is parsed once.

Most of a page says the same of one object as of the next: states, pools, networks, what a CPU has to offer. The page
is cut at its properties; plain values are read as text, and all other pieces, each once, by lxml. A page that is
written in any other way than vCenter and its simulator write it is left to be read whole.
"""

import re
from itertools import chain
from typing import Any, Final

from recommender.vsphere.answers.devices import DEVICES, device_in, devices_in
from recommender.vsphere.answers.files import FILES, files_in
from recommender.vsphere.answers.values import (
    DEVICE,
    DEVICE_END,
    children_of,
    has_markup,
    named_value,
    plain_reader,
    without_passed_over,
)

_Objects = list[tuple[str, str, dict[str, Any]]]

_OBJECT, _PROPERTY = b"<objects>", b"<propSet>"
_OBJECT_END, _PROPERTY_END, _MISSING = b"</objects>", b"</propSet>", b"<missingSet>"
_HEAD: Final = re.compile(
    rb"(?:<\?xml[^>]*\?>)?\s*<[\w-]+:Envelope[^>]*>\s*(?:<[\w-]+:Header/?>(?:</[\w-]+:Header>)?\s*)?<[\w-]+:Body>\s*"
    rb'<\w+Response xmlns="urn:vim25">\s*<returnval>\s*(?:<token>([^<&]*)</token>)?\s*'
)
_TAIL: Final = re.compile(rb"\s*</returnval>\s*</\w+Response>\s*</[\w-]+:Body>\s*</[\w-]+:Envelope>\s*")
_REFERENCE: Final = re.compile(rb'<obj [^<>&]*?\btype="(\w+)"[^<>&]*>([^<&]*)</obj>\s*')
_PLAIN: Final = re.compile(
    rb'<name>([^<&]*)</name><val [^<>&]*?\b[\w-]+:type="(?:[\w-]+:)?(\w+)"[^<>&]*>([^<&]*)</val></propSet>\s*'
)
_TAGS_OF_PLAIN: Final = 5  # of a name, of a value, and the end of the property
_CHANGE, _CHANGE_END = b"<changeSet>", b"</changeSet>"
_PLAIN_CHANGE: Final = re.compile(
    rb"<name>([^<&]*)</name><op>(\w+)</op>"
    rb'<val [^<>&]*?\b[\w-]+:type="(?:[\w-]+:)?(\w+)"[^<>&]*>([^<&]*)</val></changeSet>'
)
_TAGS_OF_PLAIN_CHANGE: Final = 7
# Prefixes are bound where a piece uses them; these are bound at the top by vCenter.
_OPEN: Final = (
    b'<pieces xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)
_CLOSE: Final = b"</pieces>"


def objects_by_pieces(content: bytes) -> tuple[_Objects, str | None] | None:
    """What the page holds (type, id and values of each object) and the token of the next; ``None``: read it whole."""
    if has_markup(content) or b"\r" in content:
        return None
    pieces, tail = _without_tail(content.split(_PROPERTY))
    head, *opened = pieces[0].split(_OBJECT)
    begin = _HEAD.fullmatch(head)
    if begin is None or not opened or _TAIL.fullmatch(tail) is None or children_of(head + tail) is None:
        return None
    cut = _cut(opened, pieces[1:])
    values = None if cut is None else _values_of({*chain.from_iterable(held for _, held in cut)})
    if cut is None or values is None:
        return None
    read: _Objects = []
    for told, held in cut:
        reference = _REFERENCE.fullmatch(told)
        if reference is None:
            return None
        # Pieces are many: this is made as fast as it can be.
        by_path = dict([values[piece] for piece in held])
        for unset in [path for path, value in by_path.items() if value is None]:
            del by_path[unset]
        read.append((reference[1].decode(), reference[2].decode(), by_path))
    return read, begin[1].decode() if begin[1] else None


def changes_by_pieces(content: bytes) -> tuple[bytes, list[tuple[str, str, Any]]] | None:
    """An answer of WaitForUpdatesEx whose changes are only numbered any more, and path, operation and value of each.

    ``None``: read it whole.
    """
    if has_markup(content) or b"\r" in content:
        return None
    rest, *told = content.split(_CHANGE)
    skeleton, pieces = [rest], []
    for number, change in enumerate(told):
        piece, end, rest = change.partition(_CHANGE_END)
        pieces.append(piece + end)
        skeleton.append(b"<changeSet>%d</changeSet>%s" % (number, rest))
    known: dict[bytes, tuple[str, str, Any]] = {}
    others = []
    for piece in {*pieces}:
        plain = _PLAIN_CHANGE.fullmatch(piece) if piece.count(b"<") == _TAGS_OF_PLAIN_CHANGE else None
        read = plain_reader(plain[3].decode()) if plain is not None else None
        if plain is None or read is None:
            others.append(piece)
        else:
            known[piece] = (plain[1].decode(), plain[2].decode(), read(plain[4].decode()))
    elements = _elements(_CHANGE, others, _CHANGE_END)
    if elements is None:
        return None
    for piece, element in zip(others, elements, strict=True):
        path, value = named_value(element)
        known[piece] = (path, element.findtext("{urn:vim25}op") or "", value)
    return b"".join(skeleton), [known[piece] for piece in pieces]


def _without_tail(pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    """The pieces up to the end of the last object, and what follows it."""
    last, closed, tail = pieces[-1].rpartition(_OBJECT_END)
    return [*pieces[:-1], last + closed], tail


def _cut(opened: list[bytes], pieces: list[bytes]) -> list[tuple[bytes, list[bytes]]] | None:
    """The reference of each object and its properties; ``None`` where they are not cut as they should be.

    ``opened``: what objects begin with, of which the last one goes on with ``pieces``.
    """
    cut: list[tuple[bytes, list[bytes]]] = [(_without_end(told), []) for told in opened]
    held = cut[-1][1]
    for piece in pieces:
        if piece.endswith(_PROPERTY_END):
            held.append(piece)
            continue
        told, end, rest = piece.rpartition(_PROPERTY_END)
        closing, *opened = rest.split(_OBJECT)
        if not end or not (closing.isspace() or closing.rstrip().endswith(_OBJECT_END)):
            return None
        held.append(told + end)
        if opened:
            cut += [(_without_end(begun), []) for begun in opened]
            held = cut[-1][1]
    return cut


def _without_end(told: bytes) -> bytes:
    return told.partition(_MISSING)[0].rstrip().removesuffix(_OBJECT_END)


def _values_of(pieces: set[bytes]) -> dict[bytes, tuple[str, Any]] | None:
    """Path and value of each piece; ``None`` where they are not cut as they should be, or make no sense."""
    try:
        return _read(pieces)
    except ValueError:
        return None


def _read(pieces: set[bytes]) -> dict[bytes, tuple[str, Any]] | None:
    values: dict[bytes, tuple[str, Any]] = {}
    others, devices = [], dict[bytes, list[bytes]]()
    for piece in pieces:
        plain = _PLAIN.fullmatch(piece) if piece.count(b"<") == _TAGS_OF_PLAIN else None
        read = plain_reader(plain[2].decode()) if plain is not None else None
        if plain is not None and read is not None:
            values[piece] = (plain[1].decode(), read(plain[3].decode()))
        elif (held := devices_in(piece)) is not None:
            devices[piece] = held
        elif (files := files_in(piece)) is not None:
            values[piece] = (FILES, files)
        else:
            others.append(piece)
    elements = _elements(_PROPERTY, others, _PROPERTY_END)
    each = list({*chain.from_iterable(devices.values())})
    of_devices = _elements(DEVICE, each, DEVICE_END)
    if elements is None or of_devices is None:
        return None
    values |= zip(others, map(named_value, elements), strict=True)
    device_of = dict(zip(each, map(device_in, of_devices), strict=True))
    values |= {piece: (DEVICES, [device_of[device] for device in held]) for piece, held in devices.items()}
    return values


def _elements(begin: bytes, pieces: list[bytes], end: bytes) -> list[Any] | None:
    """Each piece as an element; ``None`` where they are not cut as they should be."""
    joined = b"".join([begin + piece for piece in pieces])
    elements = children_of(_OPEN + without_passed_over(joined) + _CLOSE)
    is_cut_well = elements is not None and len(elements) == len(pieces)
    return elements if is_cut_well and all(piece.rstrip().endswith(end) for piece in pieces) else None
