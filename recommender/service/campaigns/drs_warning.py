"""What has to be said where DRS is fully automated in clusters that a campaign empties or fills.

DRS never moves a VM out of its cluster, so that what leaves it is ours to move; within it DRS goes on meanwhile.
"""

from collections.abc import Iterator, Sequence

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.vcenter_evacuation import steered_hosts
from recommender.report.names import Names


def drs_warnings(inventory: Inventory, leaving: Sequence[EntityRef], coming: Sequence[EntityRef]) -> Iterator[str]:
    """One for the old hosts, one for the new ones; none where DRS leaves moves to people."""
    names = Names(inventory)
    if old := steered_hosts(inventory, leaving):
        told = f"{_where(inventory, old, names)} (to be emptied): it may move VMs among its hosts meanwhile"
        if others := _beside(inventory, old):
            told = f"{told}, and bring VMs there from the others ({names.all_of(others)})"
        yield f"{told}; a step whose VM was moved is skipped, and the VM goes with a later batch"
    if new := steered_hosts(inventory, coming):
        yield (
            f"{_where(inventory, new, names)} (to be filled): it may move VMs on once they have come; "
            "room and rules are looked at again before each start"
        )


def _where(inventory: Inventory, hosts: Sequence[EntityRef], names: Names) -> str:
    clusters = tuple(sorted({cluster for ref in hosts if (cluster := inventory.host(ref).cluster) is not None}))
    what = "cluster" if len(clusters) == 1 else "clusters"
    return f"WARNING: DRS is fully automated in {what} {names.all_of(clusters)}"


def _beside(inventory: Inventory, hosts: Sequence[EntityRef]) -> tuple[EntityRef, ...]:
    clusters = {inventory.host(ref).cluster for ref in hosts}
    return tuple(host.ref for host in inventory.hosts if host.cluster in clusters and host.ref not in hosts)
