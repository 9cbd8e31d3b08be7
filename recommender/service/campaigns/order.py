"""What a campaign was asked to do, in names, in a form that the journal keeps, so that another process can go on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from recommender.errors import UnknownName
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import cluster_named, host_named
from recommender.inventory.reference import EntityRef
from recommender.move_order import selects
from recommender.policy import MoveScope, Policy

STAYS: Final = "the campaign leaves it"


class Places(BaseModel):
    """Hosts by their names and by those of their clusters and data centres, asked anew each time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    datacenters: tuple[str, ...] = ()

    def hosts_in(self, inventory: Inventory) -> tuple[EntityRef, ...]:
        """In order. Raises ``UnknownName`` or ``AmbiguousName``."""
        found = {host_named(inventory, name).ref for name in self.hosts}
        clusters = {cluster_named(inventory, name).ref for name in self.clusters}
        wholes = set(self.datacenters)
        known = {name for host in inventory.hosts for name in _datacenter_names(host)}
        if unknown := sorted(wholes - known):
            raise UnknownName("data centre", unknown[0], sorted({host.datacenter for host in inventory.hosts}))
        found |= {
            host.ref
            for host in inventory.hosts
            if host.cluster in clusters or not wholes.isdisjoint(_datacenter_names(host))
        }
        return tuple(sorted(found))

    def __str__(self) -> str:
        return ", ".join((*self.datacenters, *self.clusters, *self.hosts))


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOrder:
    """Everything on hosts ``of`` goes ``to`` others, over as many windows as it takes.

    ``categories``: VMs that share a tag of one of these are one application. ``leave``: selectors of VMs that stay.
    """

    of: Places
    to: Places
    categories: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()

    def asked(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "of": self.of.model_dump(mode="json"),
            "to": self.to.model_dump(mode="json"),
            "categories": list(self.categories),
            "leave": list(self.leave),
        }

    @classmethod
    def from_asked(cls, asked: Mapping[str, Any]) -> Self:
        """The order again. Raises ``ValueError`` for what no order of ours looks like."""
        return cls(
            of=Places.model_validate(asked["of"]),
            to=Places.model_validate(asked["to"]),
            categories=tuple(asked["categories"]),
            leave=tuple(asked["leave"]),
        )

    def left_by_order(self, inventory: Inventory, hosts: Sequence[EntityRef]) -> Iterator[tuple[EntityRef, str]]:
        """VMs on ``hosts`` that are to stay."""
        if self.leave:
            for host in hosts:
                for vm in inventory.vms_on(host):
                    if selects(self.leave, vm.name, vm.tags):
                        yield vm.ref, STAYS


def campaign_policy(
    policy: Policy, inventory: Inventory, leaving: Sequence[EntityRef], coming: Sequence[EntityRef]
) -> Policy:
    """``policy`` as a campaign needs it: as far as it has to go, and with the disks where hosts share none."""
    old, new = ([inventory.host(ref) for ref in refs] for refs in (leaving, coming))
    scopes: tuple[tuple[MoveScope, Callable[[Host], object]], ...] = (
        (MoveScope.CLUSTER, lambda host: host.cluster or host.ref),
        (MoveScope.DATACENTER, lambda host: (host.ref.vcenter, host.datacenter)),
        (MoveScope.VCENTER, lambda host: host.ref.vcenter),
    )
    needed = next(
        (scope for scope, area in scopes if len({area(host) for host in (*old, *new)}) == 1), MoveScope.VCENTERS
    )
    scope = max(policy.move_scope, needed, key=list(MoveScope).index)
    return replace(policy, move_scope=scope, relocation=replace(policy.relocation, copy_disks=True))


def _datacenter_names(host: Host) -> tuple[str, str]:
    return host.datacenter, f"{host.ref.vcenter}/{host.datacenter}"
