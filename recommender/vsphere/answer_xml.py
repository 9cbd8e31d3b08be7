"""Values out of the XML of vCenter's answers: of each only what somebody here looks at.

pyVmomi turns every element of an answer into an object, which takes nearly all of the time of a reading. Here an
answer is parsed at once by lxml, and of what it holds the properties in ``LOOKED_AT`` are kept. Types are pyVmomi's
own, so that a value tells the same as theirs would (a test holds them equal). What is made cannot be sent to vCenter.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from lxml import etree
from pyVmomi.VmomiSupport import DataObject, GetWsdlType, ManagedObject

NAMESPACE: Final = "urn:vim25"
_OURS: Final = f"{{{NAMESPACE}}}"
_NAME, _VALUE, _OBJECT, _PROPERTY = (_OURS + name for name in ("name", "val", "obj", "propSet"))
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ARRAY_OF: Final = "ArrayOf"
_REFERENCE: Final = "ManagedObjectReference"


# By the path that is read, the properties of data objects in it that are kept; every name that a translation asks for.
LOOKED_AT: Final[Mapping[str, frozenset[str]]] = {
    path: frozenset(names.split())
    for path, names in {
        "config.hardware.device": "key backing datastore connectable connected sharedBus capacityInBytes capacityInKB "
        "lunUuid thinProvisioned eagerlyScrub diskMode sharing vDiskId id fileName parent videoRamSizeInKB vgpu",
        "config.cpuAffinity": "affinitySet",
        "config.ftInfo": "role",
        "config.keyId": "keyId providerId id",
        "config.latencySensitivity": "level",
        "config.managedBy": "extensionKey type",
        "layoutEx.disk": "key chain fileKey",
        "layoutEx.file": "key size",
        "layoutEx.snapshot": "key dataKey memoryKey",
        "customValue": "key value",
        "runtime.dasVmProtection": "dasProtected",
        "triggeredAlarmState": "entity alarm overallStatus acknowledged",
        "hardware.numaInfo": "numaNode typeId cpuID memorySize memoryRangeLength",
        "config.graphicsInfo": "deviceName pciId graphicsType memorySizeInKB vm",
        "config.pciPassthruInfo": "id passthruActive sriovActive numVirtualFunction",
        "runtime.featureRequirement": "key value",
        "config.featureCapability": "key value",
        "config.virtualNicManagerInfo.netConfig": "nicType candidateVnic selectedVnic key device portgroup spec mtu "
        "distributedVirtualPort switchUuid portgroupKey",
        "config.network.portgroup": "spec name vlanId vswitchName computedPolicy nicTeaming notifySwitches",
        "config.network.vswitch": "name pnic",
        "config.network.proxySwitch": "dvsUuid pnic",
        "config.network.pnic": "key device linkSpeed speedMb",
        "config.storageDevice.scsiLun": "uuid",
        "config.defaultPortConfig": "uplinkTeamingPolicy notifySwitches value vlan vlanId start end pvlanId",
        "podStorageDrsEntry": "storageDrsConfig podConfig enabled defaultVmBehavior defaultIntraVmAffinity rule vm "
        "spaceLoadBalanceConfig spaceUtilizationThreshold vmConfig intraVmAffinity intraVmAntiAffinity diskId",
        "host": "key mountInfo mounted accessible accessMode",
        "configurationEx": "drsConfig dasConfig drsVmConfig rule group enabled defaultVmBehavior behavior key name vm "
        "host vmGroupName affineHostGroupName antiAffineHostGroupName mandatory admissionControlEnabled "
        "admissionControlPolicy cpuFailoverResourcesPercent memoryFailoverResourcesPercent failoverLevel slotPolicy "
        "cpu memory failoverHosts vsanConfigInfo dasVmConfig restartPriority dasSettings",
        "summary": "currentEVCModeKey opaqueNetworkId",
    }.items()
}
# Every VM has these devices, and nothing that is decided here depends on them.
PASSED_OVER: Final = frozenset(
    {
        "VirtualIDEController",
        "VirtualKeyboard",
        "VirtualMachineVMCIDevice",
        "VirtualPCIController",
        "VirtualPointingDevice",
        "VirtualPS2Controller",
        "VirtualSIOController",
        "VirtualVmxnet3",
    }
)
_KEPT: Final = {path: {_OURS + name: name for name in names} for path, names in LOOKED_AT.items()}
_Kept = Mapping[str, str]
_Reader = Callable[[etree._Element, _Kept], Any]  # noqa: SLF001  # lxml has no public name for its element
_NOTHING: Final[_Kept] = {}
_DEVICE: Final = b"<VirtualDevice "
_DEVICE_END: Final = b"</VirtualDevice>"
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
    """A data object of vCenter's; to ``isinstance`` it is of pyVmomi's type."""

    __slots__ = ("_kept", "_kind", "_values")

    def __init__(self, element: etree._Element, kind: Any, kept: _Kept) -> None:
        self._kind: Any = kind
        self._kept = kept
        self._values: dict[str, Any] = {}
        values = self._values
        for child in element:
            name = kept.get(child.tag)
            known = None if name is None else _property(kind, name)
            if name is None or known is None:
                continue
            declared, is_list = known
            value = _reader(child.get(_TYPE), declared)(child, kept)
            if is_list:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value

    @property  # type: ignore[misc]  # what ``isinstance`` asks for
    def __class__(self) -> type:
        kind: type = self._kind
        return kind

    def __getattr__(self, name: str) -> Any:
        """The property; ``None``, or an empty list, where vCenter did not tell it. Raises ``AttributeError``."""
        if name in self._values:
            return self._values[name]
        declared = self._kind._GetPropertyInfo(name)  # noqa: SLF001  # pyVmomi offers no public name for it
        if _OURS + name not in self._kept:
            raise AttributeError(f"{name} was not kept: add it to LOOKED_AT")
        return [] if issubclass(declared.type, list) else None


def objects_in(content: bytes) -> tuple[Iterator[tuple[str, str, dict[str, Any]]], str | None]:
    """What a page of RetrievePropertiesEx holds (type, id and values of each object) and the token of the next page.

    Raises ``ValueError`` for what is no such page.
    """
    response = response_in(content)
    page = response.find(_OURS + "returnval")
    if page is None:
        return iter(()), None
    return map(_object, page.iterfind(_OURS + "objects")), page.findtext(_OURS + "token")


def response_in(content: bytes) -> etree._Element:
    """The answer inside an envelope. Raises ``ValueError`` for what is none."""
    # Of a verified server; entities are not resolved all the same.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(_without_passed_over(content), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no XML: {error}") from error
    body = next(iter(root), None)
    response: etree._Element | None = next(iter(body), None) if body is not None else None
    if response is None or not str(response.tag).endswith("Response"):
        raise ValueError("no answer in it")
    return response


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
    return path, None if value is None else value_of(value, object, _KEPT.get(path, _NOTHING))


def value_of(element: etree._Element, declared: Any, kept: _Kept = _NOTHING) -> Any:
    """The value of an element by the type that it names, or else by the declared one; ``kept``: names by tag."""
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
        return lambda element, kept: Value(element, kind, kept)
    if issubclass(kind, ManagedObject):
        return _reference
    # An enumeration is a text, and ``bool`` is an ``int``, to Python.
    return _reader_of_text(next((read for base, read in _PLAIN if issubclass(kind, base)), str))


def _reader_of_text(read: Callable[[str], Any]) -> _Reader:
    return lambda element, _: read(element.text or "")


def _reference(element: etree._Element, _: _Kept = _NOTHING) -> Reference:
    return Reference(element.get("type") or "", element.text or "")


def _without_passed_over(content: bytes) -> bytes:
    """The answer without the devices that nobody looks at, which are half of it: what is not there costs no parsing.

    Devices do not nest, and text can hold neither tag: ``<`` is written ``&lt;`` there, unless in a CDATA section.
    """
    if b"<!" in content:
        return content
    first, *devices = content.split(_DEVICE)
    kept = [first]
    for device in devices:
        if device[: device.find(b">")].endswith(_PASSED_OVER):
            kept.append(device[device.index(_DEVICE_END) + len(_DEVICE_END) :])
        else:
            kept += (_DEVICE, device)
    return b"".join(kept)


@cache
def _property(kind: Any, name: str) -> tuple[Any, bool] | None:
    """The declared type of a property, or of the items of a list; ``None`` for one that pyVmomi does not know."""
    try:
        declared = kind._GetPropertyInfo(name).type  # noqa: SLF001  # pyVmomi offers no public name for it
    except AttributeError:
        return None
    is_list = issubclass(declared, list)
    return (declared.Item if is_list else declared), is_list


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
