"""The resource pool that a VM comes into in another cluster: that of the same path, or else the cluster's root pool."""

from dataclasses import dataclass
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.vsphere.collector import read_object, read_referred
from recommender.vsphere.facts import Facts
from recommender.vsphere.session.session import Service

MOST_LEVELS: Final = 64  # deeper is a circle


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolThere:
    """``pool`` of the destination; ``path``: that of the VM's own below its root pool, if it ``is_root`` not there."""

    pool: EntityRef
    path: tuple[str, ...]
    is_root: bool

    @property
    def warning(self) -> str | None:
        """What is not as it was, ``None`` if the whole path is there."""
        if not self.path or not self.is_root:
            return None
        return f"its cluster there has no resource pool {'/'.join(self.path)!r}: the VM comes into the root pool"


def pool_there(here: Service, there: Service, vm: Facts, host: Facts) -> PoolThere | None:
    """Where ``vm`` (with its ``resourcePool``) comes to at ``host`` (with its ``parent``); ``None`` if unknown."""
    owner = read_object(there, host.need("parent"), ("resourcePool",))
    root = owner.ref_at("resourcePool") if owner else None
    if root is None:
        return None
    path = _path_of(here, vm.get("resourcePool"))
    found: EntityRef | None = root
    for name in path:
        pool: Any = vim.ResourcePool(found.moid) if found else None
        below = read_referred(there, pool, "resourcePool", vim.ResourcePool, ("name",)) if pool else []
        named = sorted(facts.ref for facts in below if facts.name == name)
        vapps = read_referred(there, pool, "resourcePool", vim.VirtualApp, ("name",)) if named else []
        found = next((ref for ref in named if ref not in {facts.ref for facts in vapps}), None)
    is_root = found is None or found == root
    return PoolThere(pool=root if found is None else found, path=path, is_root=is_root)


def _path_of(service: Service, pool: Any) -> tuple[str, ...]:
    """The names from below the root pool down to ``pool``; none for a vApp, and where the way up cannot be read."""
    names: list[str] = []
    place = pool
    for _ in range(MOST_LEVELS):
        facts = read_object(service, place, ("name", "parent")) if type(place) is vim.ResourcePool else None
        if facts is None:
            return ()
        parent = facts.get("parent")
        if not isinstance(parent, vim.ResourcePool):
            return tuple(reversed(names))
        names.append(facts.name)
        place = parent
    return ()
