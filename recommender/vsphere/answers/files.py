"""The files of VMs out of XML, without a parser where they are written as vCenter writes them: there are many."""

import re
from typing import Any, Final

from pyVmomi import vim

from recommender.vsphere.answers.looked_at import LOOKED_AT
from recommender.vsphere.answers.values import Value

FILES: Final = "layoutEx.file"
_BEGIN: Final = re.compile(
    rb'<name>layoutEx\.file</name><val [^<>&]*?\b[\w-]+:type="ArrayOfVirtualMachineFileLayoutExFileInfo"[^<>&]*>'
)
# The order of the API's own declaration.
_FILE: Final = re.compile(
    rb"<VirtualMachineFileLayoutExFileInfo><key>(\d+)</key><name>[^<&]*</name><type>\w*</type><size>(\d+)</size>"
    rb"(?:<uniqueSize>\d+</uniqueSize>)?(?:<backingObjectId>[^<&]*</backingObjectId>)?"
    rb"(?:<accessible>\w+</accessible>)?</VirtualMachineFileLayoutExFileInfo>"
)
_END: Final = re.compile(rb"</val></propSet>\s*")
_KIND: Final = vim.vm.FileLayoutEx.FileInfo
_KEPT: Final = LOOKED_AT[FILES]


def files_in(piece: bytes) -> list[Any] | None:
    """The files; ``None`` for any other property, and for files that are written in another way."""
    begin = _BEGIN.match(piece)
    if begin is None:
        return None
    files, at = [], begin.end()
    while (found := _FILE.match(piece, at)) is not None:
        file = Value(_KIND, _KEPT)
        file.__dict__ = {"key": int(found[1]), "size": int(found[2])}
        files.append(file)
        at = found.end()
    return files if _END.fullmatch(piece, at) else None
