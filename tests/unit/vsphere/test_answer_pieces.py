"""A page read piece by piece tells what the same page read whole tells, or is left to be read whole."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.vsphere.answers.pieces import changes_by_pieces, objects_by_pieces
from recommender.vsphere.answers.updates import updates_in
from recommender.vsphere.answers.values import Reference, Value, objects_in

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}\n'
    '<soapenv:Body>\n<RetrievePropertiesExResponse xmlns="urn:vim25"><returnval>{token}{objects}</returnval>'
    "</RetrievePropertiesExResponse>\n</soapenv:Body>\n</soapenv:Envelope>"
)
MISSING = (
    '<missingSet><path>config</path><fault><fault xsi:type="NoPermission"><privilegeId>System.Read</privilegeId>'
    "</fault>"
    "<localizedMessage>no</localizedMessage></fault></missingSet>"
)
DISK = (
    '<VirtualDevice xsi:type="VirtualDisk"><key>{}</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>'
    '[ds] {}</fileName><datastore type="Datastore">datastore-1</datastore></backing></VirtualDevice>'
)
CONTROLLER = '<VirtualDevice xsi:type="VirtualIDEController"><key>200</key></VirtualDevice>'
FILE = (
    "<VirtualMachineFileLayoutExFileInfo><key>{}</key><name>[ds] {}</name><type>diskExtent</type>{}"
    "<accessible>true</accessible></VirtualMachineFileLayoutExFileInfo>"
)
SIZE = "<size>7</size>"
FILES = (
    FILE.format(1, "a", SIZE) + FILE.format(2, "b", f"{SIZE}<uniqueSize>3</uniqueSize>"),
    FILE.format(1, "a &amp; b", SIZE),
    FILE.format(1, "a", ""),
    FILE.format(1, "a", SIZE) + "\n" + FILE.format(2, "b", SIZE),
    "",
)
VALUES = (
    '<val xsi:type="xsd:string">web</val>',
    '<val xsi:type="xsd:string">web &amp; ü &lt;b&gt;</val>',
    '<val xsi:type="xsd:string"/>',
    '<val xsi:type="xsd:string"></val>',
    '<val xsi:type="xsd:int">-7</val>',
    '<val xsi:type="xsd:boolean">true</val>',
    '<val xsi:type="xsd:dateTime">2026-01-05T09:00:00.5Z</val>',
    '<val type="HostSystem" xsi:type="ManagedObjectReference">host-9</val>',
    '<val xsi:type="ManagedObjectReference" type="HostSystem">host-9</val>',
    '<val xmlns:_x="http://www.w3.org/2001/XMLSchema-instance" _x:type="VirtualMachinePowerState">poweredOn</val>',
    '<val xsi:type="ArrayOfString"><string>a</string><string>b</string></val>',
    '<val xsi:type="MadeAfterUs"><extensionKey>x</extensionKey></val>',
    '<val xsi:type="MadeAfterUs">text</val>',
    f'<val xsi:type="ArrayOfVirtualDevice">{CONTROLLER}{DISK.format(1, "a")}{CONTROLLER}</val>',
    f'<val xsi:type="ArrayOfVirtualDevice">{CONTROLLER}</val>',
    *(f'<val xsi:type="ArrayOfVirtualMachineFileLayoutExFileInfo">{files}</val>' for files in FILES),
    "",
)


def written(objects: list[list[tuple[str, str]]], *, token: str = "", header: str = "", missing: str = "") -> bytes:
    told = "".join(
        f'<objects><obj type="VirtualMachine">vm-{number}</obj>'
        + "".join(f"<propSet><name>{path}</name>{value}</propSet>" for path, value in properties)
        + missing
        + "</objects>"
        for number, properties in enumerate(objects)
    )
    return ENVELOPE.format(header=header, token=f"<token>{token}</token>" if token else "", objects=told).encode()


def plain(value: Any) -> Any:
    """A value with what it holds, to be compared."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Reference):
        return ("reference", value.kind, value._moId)
    if type(value) is Value:
        return (value.__class__.__name__, {name: plain(one) for name, one in vars(value).items()})
    return (type(value).__name__, value)


def told(read: Any) -> Any:
    objects, token = read
    return [
        (kind, moid, {path: plain(value) for path, value in values.items()}) for kind, moid, values in objects
    ], token


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("missing", ["", MISSING])
@pytest.mark.parametrize("path", ["config.hardware.device", "layoutEx.file"])
def test_each_kind_of_value_is_read_alike(value: str, path: str, missing: str) -> None:
    page = written([[(path, value), ("name", VALUES[0])]] * 2, token="t-1", missing=missing)
    read = objects_by_pieces(page)
    assert read is not None
    assert told(read) == told(objects_in(page))


paths = st.sampled_from(("name", "config.hardware.device", "layoutEx.file", "runtime.host", "some.path"))
texts = st.text(max_size=12).map(lambda text: text.replace("\r", "")).filter(str.isprintable)
escaped = texts.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))
values = st.one_of(
    st.sampled_from(VALUES), escaped.map(lambda text: f'<val xsi:type="xsd:string">{text}</val>'),
    escaped.map(lambda text: f'<val xsi:type="ArrayOfVirtualDevice">{DISK.format(1, text)}</val>'),
)  # fmt: skip
pages = st.lists(st.lists(st.tuples(paths, values), max_size=4, unique_by=lambda one: one[0]), min_size=1, max_size=4)


@settings(max_examples=80, deadline=None)
@given(pages, st.sampled_from(("", "<soapenv:Header/>", "<soapenv:Header></soapenv:Header>")))
def test_a_page_is_read_alike_whatever_it_holds(objects: list[list[tuple[str, str]]], header: str) -> None:
    page = written(objects, header=header)
    read = objects_by_pieces(page)
    assert read is not None
    assert told(read) == told(objects_in(page))


@settings(max_examples=80, deadline=None)
@given(pages, st.data())
def test_a_page_that_is_cut_short_or_spoiled_is_not_read_by_pieces_unless_alike(
    objects: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    page = written(objects)
    begin = data.draw(st.integers(0, len(page) - 1))
    assert objects_by_pieces(page[:begin]) is None
    spoiled = (
        page[:begin]
        + data.draw(st.sampled_from((b"<", b">", b"</val>", b"<objects>", b"&x;", b"<propSet>")))
        + page[begin:]
    )
    try:
        whole = told(objects_in(spoiled))
    except ValueError:
        whole = None
    read = objects_by_pieces(spoiled)
    assert read is None or (whole is not None and told(read) == whole)


@pytest.mark.parametrize(
    "odd",
    [
        b"<![CDATA[x]]>",
        b"<!-- x -->",
        b'<!DOCTYPE e [<!ENTITY file SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_what_only_a_parser_understands_is_left_to_it(odd: bytes) -> None:
    page = written([[("name", VALUES[0])]])
    assert objects_by_pieces(page.replace(b">web<", b">" + odd + b"<")) is None
    assert objects_by_pieces(page.replace(b'xmlns="urn:vim25"', b'xmlns="urn:other"')) is None


def update(objects: list[list[tuple[str, str]]], filters: int) -> bytes:
    """Updates of the objects, for each of so many filters."""
    told = "".join(
        f'<objectSet><kind>modify</kind><obj type="VirtualMachine">vm-{number}</obj>'
        + "".join(f"<changeSet><name>{path}</name><op>assign</op>{value}</changeSet>" for path, value in changes)
        + "<missingSet><path>config</path></missingSet></objectSet>"
        for number, changes in enumerate(objects)
    )
    sets = "".join(
        f'<filterSet><filter type="PropertyFilter">filter-{number}</filter>{told}</filterSet>'
        for number in range(filters)
    )
    page = ENVELOPE.format(header="", token="", objects=f"<version>7</version>{sets}<truncated>true</truncated>")
    return page.replace("RetrievePropertiesEx", "WaitForUpdatesEx").encode()


def described(updates: Any) -> Any:
    return updates.version, updates.is_truncated, [
        (one.filter_id, one.kind, one.moid, one.missing, [(c.path, c.operation, plain(c.value)) for c in one.changes])
        for one in updates.objects
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(pages, st.integers(1, 2))
def test_updates_are_read_alike(objects: list[list[tuple[str, str]]], filters: int) -> None:
    answer = update(objects, filters)
    read, whole = updates_in(answer), updates_in(answer.replace(b"<returnval>", b"<!-- read whole --><returnval>"))
    assert changes_by_pieces(answer) is not None
    assert read is not None
    assert len(read.objects) == filters * len(objects)
    assert described(read) == described(whole)


@settings(max_examples=40, deadline=None)
@given(pages, st.data())
def test_updates_that_are_cut_short_are_told(objects: list[list[tuple[str, str]]], data: st.DataObject) -> None:
    answer = update(objects, 1)
    with pytest.raises(ValueError, match="no XML"):
        updates_in(answer[: data.draw(st.integers(0, len(answer) - 1))])
