"""The rules that a VM loses by leaving its cluster and that can be made anew where it comes to.

Rules between VMs alone: groups of hosts have no counterpart in another cluster. And within one vCenter alone: in
another one its VMs are others.
"""

from dataclasses import dataclass

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule that VMs are to have again in another cluster: all of ``vms`` together, or no two of them."""

    name: str
    vms: tuple[EntityRef, ...]
    is_affine: bool


def rules_to_keep(inventory: Inventory, move: Move) -> tuple[KeptRule, ...]:
    """Those of the VM as the inventory tells them, which has to be from before the first of their VMs has left."""
    source, destination = inventory.find_host(move.source), inventory.find_host(move.destination)
    if source is None or destination is None or destination.cluster is None:
        return ()
    if source.cluster == destination.cluster or source.ref.vcenter != destination.ref.vcenter:
        return ()
    together, apart = inventory.affinity_rules_of(move.vm), inventory.anti_affinity_rules_of(move.vm)
    return (
        *(KeptRule(name=rule.name, vms=tuple(sorted(rule.vms)), is_affine=True) for rule in together),
        *(KeptRule(name=rule.name, vms=tuple(sorted(rule.vms)), is_affine=False) for rule in apart),
    )
