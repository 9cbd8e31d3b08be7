"""Values out of the XML of vCenter's answers: of each only what somebody here looks at.

pyVmomi turns every element of an answer into an object, which takes nearly all of the time of a reading. Here an
answer is parsed at once by lxml, and of what it holds the properties in ``LOOKED_AT`` are kept. Types are pyVmomi's
own, so that a value tells the same as theirs would (a test holds them equal). What is made cannot be sent to vCenter.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final

from lxml import etree
from pyVmomi.VmomiSupport import DataObject, GetWsdlType, ManagedMethod, ManagedObject

from recommender.vsphere.answers.looked_at import LOOKED_AT, PASSED_OVER

NAMESPACE: Final = "urn:vim25"
_OURS: Final = f"{{{NAMESPACE}}}"
_NAME, _VALUE, _OBJECT, _PROPERTY = (_OURS + name for name in ("name", "val", "obj", "propSet"))
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ARRAY_OF: Final = "ArrayOf"
_REFERENCE: Final = "ManagedObjectReference"


_Kept = frozenset[str]
_Reader = Callable[[etree._Element, _Kept], Any]  # noqa: SLF001  # lxml has no public name for its element
_NOTHING: Final[_Kept] = frozenset()
DEVICE: Final = b"<VirtualDevice "
DEVICE_END: Final = b"</VirtualDevice>"
_PASSED_OVER: Final = tuple(f'type="{name}"'.encode() for name in PASSED_OVER)


class Reference:
    """A managed object by its id; equal to another of the same id."""

    __slots__ = ("_moId", "kind")

    def __init__(self, kind: str, moid: str) -> None:
        self.kind = kind
        self._moId = moid  # pyVmomi's name for it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and (self.kind, self._moId) == (other.kind, other._moId)

    def __hash__(self) -> int:
        return hash((self.kind, self._moId))


class Value:
    """A data object of vCenter's, whose attributes are what was told; to ``isinstance`` it is of pyVmomi's type."""

    __slots__ = ("__dict__", "_kept", "_kind")

    def __init__(self, kind: Any, kept: _Kept, element: Iterable[etree._Element] = ()) -> None:
        """``kept``: properties that somebody looks at; ``element`` holds them, unless they are set afterwards."""
        self._kind: Any = kind
        self._kept = kept
        values = self.__dict__
        wanted = _wanted(kind, kept)
        for child in element:
            found = wanted.get(child.tag)
            if found is None:
                continue
            name, declared, is_list, read_text = found
            value = (
                _reader(child.get(_TYPE), declared)(child, kept) if read_text is None else read_text(child.text or "")
            )
            if is_list:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value

    @property  # type: ignore[misc]  # what ``isinstance`` asks for
    def __class__(self) -> type:
        kind: type = self._kind
        return kind

    def __getattr__(self, name: str) -> Any:
        """For what vCenter did not tell: ``None``, or an empty list. Raises ``AttributeError``."""
        if name not in self._kept:
            self._kind._GetPropertyInfo(name)  # noqa: SLF001  # pyVmomi offers no public name for it
            raise AttributeError(f"{name} was not kept: add it to LOOKED_AT")
        return [] if _is_list(self._kind, name) else None


@cache
def _is_list(kind: Any, name: str) -> bool:
    return issubclass(kind._GetPropertyInfo(name).type, list)  # noqa: SLF001  # pyVmomi offers no public name for it


def objects_in(content: bytes) -> tuple[list[tuple[str, str, dict[str, Any]]], str | None]:
    """What a page of RetrievePropertiesEx holds (type, id and values of each object) and the token of the next page.

    Raises ``ValueError`` for what is no such page.
    """
    response = response_in(content)
    page = response.find(_OURS + "returnval")
    if page is None:
        return [], None
    return list(map(_object, page.iterfind(_OURS + "objects"))), page.findtext(_OURS + "token")


def response_in(content: bytes) -> etree._Element:
    """The answer inside an envelope. Raises ``ValueError`` for what is none."""
    try:
        root = etree.fromstring(without_passed_over(content), _parser())
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no XML: {error}") from error
    body = next((part for part in root if str(part.tag).endswith("}Body")), None)
    response: etree._Element | None = next(iter(body), None) if body is not None else None
    if response is None or not str(response.tag).endswith("Response"):
        raise ValueError("no answer in it")
    return response


def children_of(content: bytes) -> list[etree._Element] | None:
    """The elements below the outermost one; ``None`` for what is no XML."""
    try:
        return list(etree.fromstring(content, _parser()))
    except etree.XMLSyntaxError:
        return None


def plain_reader(kind: str) -> Callable[[str], Any] | None:
    """What reads the text of a value of a type of XML Schema's or of an enumeration; ``None`` for all else."""
    declared = None if kind in _SIMPLE else _kind_named(kind)
    is_text = declared is not None and issubclass(declared, str)
    return str if is_text else _SIMPLE.get(kind)


def _parser() -> etree.XMLParser:
    # Of a verified server; entities are not resolved all the same.
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)


def values_at(told: Iterator[etree._Element]) -> dict[str, Any]:
    """Values by path, of elements that hold a ``name`` and a ``val``."""
    return {path: value for path, value in map(named_value, told) if value is not None}


def named_value(element: etree._Element) -> tuple[str, Any]:
    """The path and the value (``None`` if it is unset) of an element that holds a ``name`` and a ``val``."""
    path, value = "", None
    for child in element:
        if child.tag == _NAME:
            path = child.text or ""
        elif child.tag == _VALUE:
            value = child
    return path, None if value is None else value_of(value, object, LOOKED_AT.get(path, _NOTHING))


def value_of(element: etree._Element, declared: Any, kept: _Kept = _NOTHING) -> Any:
    """The value of an element by the type that it names, or else by the declared one; ``kept``: of properties."""
    return _reader(element.get(_TYPE), declared)(element, kept)


def _object(element: etree._Element) -> tuple[str, str, dict[str, Any]]:
    found = element.find(_OBJECT)
    if found is None:
        raise ValueError("an object without a reference")
    return found.get("type") or "", found.text or "", values_at(element.iterfind(_PROPERTY))


@cache  # a few hundred types are all that there are
def _reader(named: str | None, declared: Any) -> _Reader:
    """What reads an element that names this type of XML Schema's or of the API's, or none; ``declared``: in the API."""
    if named is None:
        return _reader_of_kind(declared)
    name = named.rpartition(":")[2]
    if name == _REFERENCE:
        return _reference
    if name.startswith(_ARRAY_OF):
        return _reader_of_array(name.removeprefix(_ARRAY_OF))
    return _reader_of_name(name, declared)


def _reader_of_array(name: str) -> _Reader:
    if name == _REFERENCE:
        return lambda element, _: [_reference(child) for child in element]
    kind = _kind_named(name)
    if kind is None:
        read = _reader_of_name(name[:1].lower() + name[1:], object)
        return lambda element, kept: [read(child, kept) for child in element]
    return lambda element, kept: [
        _reader(named, kind)(child, kept) for child in element if (named := child.get(_TYPE)) not in PASSED_OVER
    ]


def _reader_of_name(name: str, declared: Any) -> _Reader:
    read = _SIMPLE.get(name)
    if read is not None:
        return _reader_of_text(read)
    kind = _kind_named(name)
    return _reader_of_kind(declared if kind is None else kind)


def _reader_of_kind(kind: Any) -> _Reader:
    if issubclass(kind, DataObject):
        return lambda element, kept: Value(kind, kept, element)
    if issubclass(kind, ManagedObject):
        return _reference
    return _reader_of_text(_text_reader(kind))


def _text_reader(kind: Any) -> Callable[[str], Any]:
    # An enumeration is a text, and ``bool`` is an ``int``, to Python.
    return next((read for base, read in _PLAIN if issubclass(kind, base)), str)


def _reader_of_text(read: Callable[[str], Any]) -> _Reader:
    return lambda element, _: read(element.text or "")


def _reference(element: etree._Element, _: _Kept = _NOTHING) -> Reference:
    return Reference(element.get("type") or "", element.text or "")


def without_passed_over(content: bytes) -> bytes:
    """The answer without the devices that nobody looks at, which are half of it: what is not there costs no parsing.

    Devices do not nest, and text can hold neither tag: ``<`` is written ``&lt;`` there, unless in a CDATA section.
    """
    if has_markup(content):
        return content
    first, *devices = content.split(DEVICE)
    kept = [first]
    for device in devices:
        if not is_passed_over(device):
            kept += (DEVICE, device)
        elif not device.endswith(DEVICE_END):  # the last one of its VM, or cut short, which the parser tells
            _, end, rest = device.partition(DEVICE_END)
            kept += (rest,) if end else (DEVICE, device)
    return b"".join(kept)


def has_markup(content: bytes) -> bool:
    """Whether there is a comment, a CDATA section or a declaration in it."""
    return b"!" in content and b"<!" in content  # the first alone is found ten times as fast: tags are many


def is_passed_over(device: bytes) -> bool:
    """Whether nobody looks at a device, which is given as what follows ``DEVICE``."""
    return device[: device.find(b">")].endswith(_PASSED_OVER)


@cache
def _wanted(kind: Any, kept: _Kept) -> dict[str, tuple[str, Any, bool, Callable[[str], Any] | None]]:
    """By tag, the properties that are kept and that pyVmomi knows of this type.

    Of each its name, the declared type of the value or of the items of a list, whether it is one, and what reads its
    text where it can be nothing but text.
    """
    wanted = {}
    for name in kept:
        try:
            declared = kind._GetPropertyInfo(name).type  # noqa: SLF001  # pyVmomi offers no public name for it
        except AttributeError:
            continue
        is_list = issubclass(declared, list)
        item = declared.Item if is_list else declared
        # Where anything is allowed, the element itself names its type.
        is_plain = item is not object and not issubclass(item, (DataObject, ManagedObject, ManagedMethod))
        wanted[_OURS + name] = (name, item, is_list, _text_reader(item) if is_plain else None)
    return wanted


@cache
def _kind_named(name: str) -> Any:
    """pyVmomi's type of that name in the API; ``None`` for one that it does not know."""
    try:
        return GetWsdlType(NAMESPACE, name)
    except KeyError:
        return None


def _boolean(text: str) -> bool:
    return text in ("true", "1")


_PLAIN: Final[tuple[tuple[type, Callable[[str], Any]], ...]] = (
    (bool, _boolean),
    (int, int),
    (float, float),
    (datetime, datetime.fromisoformat),
)
_SIMPLE: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": _boolean,
    "dateTime": datetime.fromisoformat,
    "string": str,
    **dict.fromkeys(("int", "long", "short", "byte"), int),
    **dict.fromkeys(("double", "float"), float),
}
