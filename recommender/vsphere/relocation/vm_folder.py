"""The folder that a VM comes into in another data centre: the same path as before, as far as that is there."""

from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.vsphere.collector import read_object, read_referred
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session.session import Service

MOST_LEVELS = 64  # deeper is a circle


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderThere:
    """``folder`` of data centre ``datacenter``; ``missing``: the rest of ``path`` that is not there."""

    folder: EntityRef
    datacenter: str
    path: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def warning(self) -> str | None:
        """What is not as it was, ``None`` if the whole path is there."""
        if not self.missing:
            return None
        found = "/".join(self.path[: -len(self.missing)])
        where = f"its folder {found!r}" if found else "the root of its VM folders"
        return f"data centre {self.datacenter} has no folder {'/'.join(self.path)!r}: the VM comes into {where}"


def folder_there(here: Service, there: Service, vm: Facts, destination: EntityRef) -> FolderThere | None:
    """Where ``vm`` comes to; ``None`` where it stays in its data centre. ``vm`` has its ``parent`` and host."""
    above = _datacenter_above(there, vim.HostSystem(destination.moid))
    source = _datacenter_above(here, vm.need("runtime.host"))
    if above is None or source is None or above.ref == source.ref:
        return None
    path = _path_of(here, vm.get("parent"))
    folder, missing = above.need("vmFolder"), list(path)
    while missing:
        below = read_referred(there, folder, "childEntity", vim.Folder, ("name",))
        found = next((one for one in below if one.name == missing[0]), None)
        if found is None:
            break
        folder = vim.Folder(found.moid)
        missing.pop(0)
    return FolderThere(
        folder=EntityRef(there.vcenter, moid_of(folder)), datacenter=above.name, path=path, missing=tuple(missing)
    )


def _datacenter_above(service: Service, start: Any) -> Facts | None:
    """``None`` where the way up cannot be read: then vCenter itself chooses the folder."""
    place = start
    for _ in range(MOST_LEVELS):
        if isinstance(place, vim.Datacenter):
            return read_object(service, place, ("name", "vmFolder"))
        facts = read_object(service, place, ("parent",)) if place is not None else None
        place = facts.get("parent") if facts else None
    return None


def _path_of(service: Service, folder: Any) -> tuple[str, ...]:
    """The names from below a data centre's root folder of VMs down to ``folder``; a vApp's VM has none."""
    names: list[str] = []
    place = folder
    for _ in range(MOST_LEVELS):
        facts = read_object(service, place, ("name", "parent")) if isinstance(place, vim.Folder) else None
        if facts is None:
            break
        if isinstance(facts.get("parent"), vim.Datacenter):
            return tuple(reversed(names))
        names.append(facts.name)
        place = facts.get("parent")
    return ()
