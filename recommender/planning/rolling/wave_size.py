"""How many hosts may be emptied at one time: how much fits elsewhere."""

from collections.abc import Callable, Sequence
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.objectives.resources import RESOURCES
from recommender.policy import Policy

PACKED: Final = 0.95  # share of free room that whole VMs are taken to fill


def longest_fitting(
    inventory: Inventory, policy: Policy, hosts: Sequence[Host], room_on: Callable[[int], Sequence[Host]]
) -> int:
    """How many of ``hosts``, from the front, could be emptied by the sums of CPU and memory alone.

    ``room_on(n)`` are the hosts that take the VMs of the first ``n``. What does not fit by sums fits nowhere; what
    does may still not, so this is where trying begins.
    """
    fitting = 0
    for number in range(1, len(hosts) + 1):
        if not _fits(inventory, policy, hosts[:number], room_on(number)):
            break
        fitting = number
    return fitting


def _fits(inventory: Inventory, policy: Policy, leaving: Sequence[Host], taking: Sequence[Host]) -> bool:
    reserves = {"cpu": policy.cpu_reserve_percent, "memory": policy.memory_reserve_percent}
    for resource in RESOURCES:
        share = min(100 - reserves[resource.name], policy.headroom_percent) / 100

        def used(host: Host, demand: Callable[..., int] = resource.demand) -> int:
            return sum(map(demand, inventory.vms_charged_to(host.ref)))

        room = sum(max(0.0, resource.capacity(host) * share - used(host)) for host in taking)
        if sum(map(used, leaving)) > PACKED * room:
            return False
    return True
