"""Values read fast out of XML are what pyVmomi reads, as far as anybody looks; odd answers are told or survived."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyVmomi import vim

from recommender.vsphere.answers.looked_at import LOOKED_AT
from recommender.vsphere.answers.values import Reference, Value, objects_in
from recommender.vsphere.facts import Facts
from recommender.vsphere.properties import EVERYTHING, PASSTHROUGH, RAW_LUNS
from recommender.vsphere.translation.vm import translate_vm
from tests.unit.vsphere import soap
from tests.unit.vsphere.facts import vm_facts
from tests.unit.vsphere.test_translate_devices import connected, image, mapped_lun, scsi

Device = vim.vm.device


def page(values: str, *, rest: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<soapenv:Body><RetrievePropertiesExResponse xmlns="urn:vim25"><returnval>'
        f'{rest}<objects><obj type="VirtualMachine">vm-1</obj>{values}</objects></returnval>'
        "</RetrievePropertiesExResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()


def one(path: str, value: str) -> Any:
    """The value that is read for a path."""
    objects, _ = objects_in(page(f"<propSet><name>{path}</name>{value}</propSet>"))
    ((kind, moid, values),) = objects
    assert (kind, moid) == ("VirtualMachine", "vm-1")
    return values[path]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('<val xsi:type="xsd:string">web &amp; ü</val>', "web & ü"),
        ('<val xsi:type="xsd:string"/>', ""),
        ('<val xsi:type="xsd:int">-7</val>', -7),
        ('<val xsi:type="xsd:long">99999999999</val>', 99_999_999_999),
        ('<val xsi:type="xsd:boolean">true</val>', True),
        ('<val xsi:type="xsd:boolean">0</val>', False),
        ('<val xsi:type="xsd:double">1.5</val>', 1.5),
        ('<val xsi:type="xsd:dateTime">2026-01-05T09:00:00.5Z</val>', datetime(2026, 1, 5, 9, 0, 0, 500_000, UTC)),
        ('<val type="HostSystem" xsi:type="ManagedObjectReference">host-9</val>', Reference("HostSystem", "host-9")),
        ('<val xsi:type="VirtualMachinePowerState">poweredOn</val>', "poweredOn"),
        ('<val xsi:type="ArrayOfString"><string>a</string><string>b</string></val>', ["a", "b"]),
        ('<val xsi:type="ArrayOfInt"><int>1</int><int>2</int></val>', [1, 2]),
        ('<val xsi:type="ArrayOfString"/>', []),
        (
            '<val xsi:type="ArrayOfManagedObjectReference">'
            '<ManagedObjectReference type="Datastore">datastore-1</ManagedObjectReference></val>',
            [Reference("Datastore", "datastore-1")],
        ),
    ],
)
def test_plain_values(written: str, value: Any) -> None:
    read = one("some.path", written)
    assert (read, type(read)) == (value, type(value))


def test_properties_that_nobody_told_are_none_or_nothing_and_what_is_not_kept_is_loud() -> None:
    (disk,) = one(
        "config.hardware.device",
        '<val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk"><key>2000</key>'
        "<unitNumber>3</unitNumber></VirtualDevice></val>",
    )
    assert isinstance(disk, Device.VirtualDisk)
    assert not isinstance(disk, Device.VirtualCdrom)
    assert (disk.key, disk.backing, disk.capacityInBytes) == (2000, None, None)
    with pytest.raises(AttributeError, match="unitNumber was not kept"):
        _ = disk.unitNumber
    with pytest.raises(AttributeError):
        _ = disk.no_such_property  # type: ignore[attr-defined]  # that is the question


def test_devices_that_every_vm_has_are_passed_over() -> None:
    devices = one(
        "config.hardware.device",
        '<val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualPCIController"><key>100</key>'
        '</VirtualDevice><VirtualDevice xsi:type="VirtualDisk"><key>2000</key></VirtualDevice></val>',
    )
    assert [device.key for device in devices] == [2000]


def test_types_and_properties_made_after_us_are_what_they_were_declared_as() -> None:
    (device,) = one(
        "config.hardware.device",
        '<val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualTeleporter"><key>7</key></VirtualDevice>'
        "</val>",
    )
    assert type(device) is Value
    assert isinstance(device, Device.VirtualDevice)
    assert device.key == 7
    unheard_of = one("config.managedBy", '<val xsi:type="MadeAfterUs"><extensionKey>x</extensionKey></val>')
    assert unheard_of is not None


@pytest.mark.parametrize("content", [b"", b"<html>", b"no XML", b"<a/>", page("")[:-40], b"<a><b><c/></b></a>"])
def test_what_is_no_page_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"no XML|no answer"):
        objects_in(content)


def test_an_empty_answer_has_no_objects_and_the_token_leads_on() -> None:
    empty = page("").replace(page("")[page("").index(b"<returnval>") : page("").index(b"</Retrieve")], b"")
    objects, token = objects_in(empty)
    assert (list(objects), token) == ([], None)
    assert objects_in(page("", rest="<token>t-1</token>"))[1] == "t-1"


def test_every_path_of_which_parts_are_kept_is_read_by_somebody() -> None:
    read = {RAW_LUNS, PASSTHROUGH, *(path for paths in EVERYTHING.values() for path in paths)}
    assert set(LOOKED_AT) <= read


def test_a_vm_with_all_sorts_of_devices_is_translated_alike() -> None:
    devices = [
        *vm_facts().get("config.hardware.device"),
        Device.VirtualPCIPassthrough(key=1, backing=Device.VirtualPCIPassthrough.VmiopBackingInfo()),
        scsi("physicalSharing"),
        connected(Device.VirtualCdrom, image("datastore-9")),
        connected(Device.VirtualCdrom, Device.VirtualCdrom.AtapiBackingInfo(deviceName="cd")),
        mapped_lun("02a"),
    ]
    key = vim.encryption.CryptoKeyId(keyId="k", providerId=vim.encryption.KeyProviderId(id="kms-1"))
    facts = vm_facts(
        config__hardware__device=devices,
        config__version="vmx-21",
        config__keyId=key,
        config__cpuAffinity=vim.vm.AffinityInfo(affinitySet=[0, 3]),
        config__latencySensitivity=vim.LatencySensitivity(level="high"),
        config__managedBy=vim.ext.ManagedByInfo(extensionKey="com.vmware.vim.eam", type="cluster-agent"),
        runtime__consolidationNeeded=True,
        disabledMethod=None,
    )
    values = {path: typed(path, value) for path, value in facts.values.items() if value is not None}
    content = soap.answer("RetrievePropertiesEx", soap.page((vim.VirtualMachine("vm-1"), values))).encode()
    ((_, moid, read),) = objects_in(content)[0]
    assert read.keys() == values.keys()
    assert translate_vm(Facts("vc", "VirtualMachine", moid, read)) == translate_vm(facts)


def typed(path: str, value: Any) -> Any:
    """Lists as pyVmomi writes them where any type may stand."""
    if not isinstance(value, list):
        return value
    kind: Any = Device.VirtualDevice if path == "config.hardware.device" else type(value[0])
    return soap.array_of(kind, *value)


@pytest.mark.parametrize("name", ["VirtualIDEController", "VirtualMachineVMCIDevice"])
def test_devices_that_nobody_looks_at_are_cut_out_and_nothing_else(name: str) -> None:
    device = '<VirtualDevice xsi:type="{}"><key>{}</key><deviceInfo><label>{}</label></deviceInfo></VirtualDevice>'
    odd = '&lt;VirtualDevice xsi:type="VirtualIDEController"&gt;&lt;/VirtualDevice&gt;'
    devices = (
        device.format("VirtualCdrom", 1, odd) + device.format(name, 2, odd) + device.format("VirtualFloppy", 3, "")
    )
    read = one("config.hardware.device", f'<val xsi:type="ArrayOfVirtualDevice">{devices}</val>')
    assert [found.key for found in read] == [1, 3]


def test_text_that_is_not_escaped_is_not_mistaken_for_a_device() -> None:
    odd = '<![CDATA[<VirtualDevice xsi:type="VirtualIDEController"></VirtualDevice>]]>'
    assert "VirtualIDEController" in one("name", f'<val xsi:type="xsd:string">{odd}</val>')


def test_an_entity_of_the_servers_own_is_not_resolved() -> None:
    content = page('<propSet><name>name</name><val xsi:type="xsd:string">&file;</val></propSet>')
    declared = content.replace(
        b'<?xml version="1.0"?>', b'<?xml version="1.0"?><!DOCTYPE e [<!ENTITY file SYSTEM "file:///etc/hostname">]>'
    )
    ((_, _, values),) = objects_in(declared)[0]
    assert values["name"] == ""
