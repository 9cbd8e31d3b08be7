"""Which hosts of a cluster may be in maintenance mode at one time: what HA keeps free, and what vSAN allows."""

from collections.abc import Collection, Iterator, Sequence

from recommender.constraints.failover_capacity import shortage_without
from recommender.inventory.cluster import Cluster
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef


def may_be_away(inventory: Inventory, hosts: Sequence[Host]) -> str | None:
    """Why these hosts may not all be away at once, with numbers; ``None`` if they may.

    What HA's admission control reserves has to be there without them.
    """
    for cluster in inventory.clusters:
        absent = frozenset(host.ref for host in hosts if host.cluster == cluster.ref)
        if absent and (reason := shortage_without(inventory, cluster, absent)):
            return f"with {len(absent)} of its hosts away, {reason}"
    return None


def beyond_one_domain(inventory: Inventory, hosts: Collection[EntityRef]) -> str | None:
    """Why hosts of vSAN may not all be away at one time, those included that are away already; ``None`` if they may.

    Those of one fault domain may: vSAN keeps every object readable from the others. Without fault domains each host is
    one by itself.
    """
    for cluster in _with_vsan(inventory):
        here = [host for host in inventory.hosts if host.cluster == cluster.ref]
        going = [host for host in here if host.ref in hosts and not is_away(host)]
        domains = {_domain(host) for host in going}
        if len(domains) > 1:
            told = ", ".join(f"{host.name} in {host.vsan_fault_domain or 'its own'}" for host in going)
            return (
                f"cluster {cluster.name} has vSAN: hosts of one fault domain alone may be away at one time, "
                f"these are of {len(domains)} ({told}); empty one after the other, or use `maintain run`"
            )
        away = [host.name for host in here if is_away(host) and _domain(host) not in domains]
        if going and away:
            return (
                f"cluster {cluster.name} has vSAN: hosts of one fault domain alone may be away at one time, and "
                f"{', '.join(away)} {'is' if len(away) == 1 else 'are'} away already (in maintenance mode or not "
                f"connected), so that {', '.join(host.name for host in going)} may not go"
            )
    return None


def is_away(host: Host) -> bool:
    """Whether nothing on it can be read: it is in maintenance mode, or not connected."""
    return host.in_maintenance or host.connection_state is not ConnectionState.CONNECTED


def _with_vsan(inventory: Inventory) -> Iterator[Cluster]:
    return (cluster for cluster in inventory.clusters if cluster.vsan_enabled)


def _domain(host: Host) -> EntityRef | str:
    return host.vsan_fault_domain or host.ref
