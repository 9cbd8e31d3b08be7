"""The rules of clusters (and of our own configuration) on which VMs and hosts belong together or apart.

``key`` is vCenter's number of a rule; they are given in turn: of two rules of a cluster the smaller is the older.
"""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class VmAffinityRule:
    """*Keep Virtual Machines Together*: all of ``vms`` on one host."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    vms: tuple[EntityRef, ...]
    key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VmAntiAffinityRule:
    """*Separate Virtual Machines*: no two of ``vms`` on one host."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    vms: tuple[EntityRef, ...]
    key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VmGroup:
    """A cluster's group of VMs, which rules name."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    vms: tuple[EntityRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VmHostRule:
    """*Must / Should (not) run on hosts in group*, its groups already resolved to VMs and hosts.

    ``is_affine``: run on ``hosts``; otherwise run anywhere else. ``is_mandatory``: must; otherwise should. Its groups'
    names are ``None`` where no cluster has such groups.
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    vms: tuple[EntityRef, ...]
    hosts: tuple[EntityRef, ...]
    is_affine: bool = True
    is_mandatory: bool = True
    key: int | None = None
    vm_group: str | None = None
    host_group: str | None = None

    def allows(self, host: EntityRef) -> bool:
        """Whether a VM of this rule runs on ``host`` in keeping with it."""
        return (host in self.hosts) is self.is_affine
