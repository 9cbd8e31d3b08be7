"""How many hosts have to stay on, whatever is moved: a proof by sums, for each area that VMs do not leave."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.objectives.resources import RESOURCES
from recommender.placement.request import PlacementRequest
from recommender.policy import MoveScope

HOSTS_OF_HA = 2  # with fewer, no VM of a cluster with HA can be restarted anywhere


def least_hosts_on(request: PlacementRequest, hosts: Sequence[Host]) -> int:
    """At least so many of ``hosts`` carry something, none of them used above the headroom line that is not now."""
    areas: defaultdict[Hashable, list[Host]] = defaultdict(list)
    for host in hosts:
        areas[_area(request, host)].append(host)
    return sum(_least(request, members) for members in areas.values())


def _least(request: PlacementRequest, hosts: Sequence[Host]) -> int:
    inventory, line = request.inventory, request.policy.headroom_percent / 100
    least = least_by_ha(inventory, hosts)
    for resource in RESOURCES:
        loads = [sum(map(resource.demand, inventory.vms_charged_to(host.ref))) for host in hosts]
        rooms = [max(line * resource.capacity(host), load) for host, load in zip(hosts, loads, strict=True)]
        needed, left = 0, float(sum(loads))
        for room in sorted(rooms, reverse=True):
            if left <= 0:
                break
            needed, left = needed + 1, left - room
        least = max(least, needed)
    return least


def least_by_ha(inventory: Inventory, hosts: Sequence[Host]) -> int:
    """Of each cluster with HA two hosts, or all it has; 0 elsewhere."""
    clusters = {host.cluster for host in hosts}
    found = [inventory.find_cluster(cluster) for cluster in clusters]
    return sum(
        min(HOSTS_OF_HA, sum(host.cluster == cluster.ref for host in hosts))
        for cluster in found
        if cluster is not None and cluster.ha_enabled
    )


def _area(request: PlacementRequest, host: Host) -> Hashable:
    match request.policy.move_scope:
        case MoveScope.CLUSTER:
            return host.cluster or host.ref
        case MoveScope.DATACENTER:
            return (host.ref.vcenter, host.datacenter)
        case MoveScope.VCENTER:
            return host.ref.vcenter
        case MoveScope.VCENTERS:
            return None
