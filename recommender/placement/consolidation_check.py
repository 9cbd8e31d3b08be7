"""Whether a consolidation that was decided earlier still does no harm: asked again right before it is carried out.

Emptying a host for maintenance has to be done; switching it off has only to do no harm. So what may have changed since
is asked about: load above the headroom line, HA's reserve, and VMs that came to the hosts meanwhile.
"""

from collections.abc import Iterator, Sequence

from recommender.constraints.failover_capacity import shortage_without
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.objectives.resources import RESOURCES
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.policy import Policy


def harm_of_switching_off(
    inventory: Inventory, policy: Policy, moves: Sequence[Move], off: Sequence[EntityRef]
) -> tuple[str, ...]:
    """In words, with numbers; empty if the hosts ``off`` may be emptied by ``moves`` as things are now."""
    return tuple(_harm(inventory, policy, moves, frozenset(off)))


def _harm(inventory: Inventory, policy: Policy, moves: Sequence[Move], off: frozenset[EntityRef]) -> Iterator[str]:
    known = [move for move in moves if inventory.find_vm(move.vm) and inventory.find_host(move.destination)]
    end = inventory_after(inventory, known)
    for ref in sorted(off):
        host = inventory.find_host(ref)
        left = [vm for vm in end.vms_charged_to(ref) if vm.kind in (VmKind.ORDINARY, VmKind.TEMPLATE)]
        if host is not None and left:
            yield f"{len(left)} VMs on host {host.name} would stay there: the plan does not know them"
    line = policy.headroom_percent / 100
    for resource in RESOURCES:
        for host in inventory.hosts:
            capacity = resource.capacity(host)
            before, after = (sum(map(resource.demand, one.vms_charged_to(host.ref))) for one in (inventory, end))
            if capacity and after > before and after > line * capacity:
                yield (
                    f"host {host.name} would be at {100 * after / capacity:.0f} % of its {resource.name}, "
                    f"the headroom line is at {policy.headroom_percent} %"
                )
    for cluster in inventory.clusters:
        absent = frozenset(host.ref for host in inventory.hosts if host.cluster == cluster.ref and host.ref in off)
        shortage = shortage_without(inventory, cluster, absent) if absent else None
        if shortage is not None:
            yield f"cluster {cluster.name} without {len(absent)} hosts: {shortage}"
