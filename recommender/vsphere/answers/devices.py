"""Virtual devices of VMs out of XML, each once that many VMs have alike: most but disks are the same everywhere."""

import re
from typing import Any, Final

from lxml import etree
from pyVmomi import vim

from recommender.vsphere.answers.looked_at import LOOKED_AT
from recommender.vsphere.answers.values import DEVICE, DEVICE_END, is_passed_over, value_of

DEVICES: Final = "config.hardware.device"
# A prefix that is bound here would be unbound in its devices alone.
_BEGIN: Final = re.compile(
    rb'<name>config\.hardware\.device</name><val (?![^<>]*xmlns)[^<>&]*?\b[\w-]+:type="ArrayOfVirtualDevice"[^<>&]*>'
)
_END: Final = b"</val></propSet>"
_KIND: Final = vim.vm.device.VirtualDevice
_KEPT: Final = LOOKED_AT[DEVICES]


def devices_in(piece: bytes) -> list[bytes] | None:
    """The devices that somebody looks at, each without the ``DEVICE`` that it begins with.

    ``None`` for any other property, and for devices that are written in another way than vCenter writes them.
    """
    begin = _BEGIN.match(piece)
    told = piece.rstrip()
    if begin is None or not told.endswith(_END):
        return None
    first, *devices = told[begin.end() : -len(_END)].split(DEVICE)
    if first or not all(device.endswith(DEVICE_END) for device in devices):
        return None
    return [device for device in devices if not is_passed_over(device)]


def device_in(element: etree._Element) -> Any:
    """The device."""
    return value_of(element, _KIND, _KEPT)
