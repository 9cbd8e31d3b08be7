"""Which network a VM is connected to on a host that does not reach its own: the operator's table says."""

from collections.abc import Sequence

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.relocation_policy import NetworkMapping


def network_on(
    inventory: Inventory, mappings: Sequence[NetworkMapping], network: EntityRef, host: Host
) -> EntityRef | None:
    """The network itself where ``host`` reaches it, else the one that the first fitting mapping names.

    ``None`` where no mapping fits, or the name that it gives means none or several of the host's networks.
    """
    if network in host.networks:
        return network
    own = inventory.find_network(network)
    if own is None:
        return None
    reached = [found for ref in host.networks if (found := inventory.find_network(ref)) is not None]
    for mapping in mappings:
        if is_called(own, mapping.source):
            meant = [found.ref for found in reached if is_called(found, mapping.destination) and not found.is_uplink]
            if len(meant) == 1:
                return meant[0]
    return None


def is_called(network: Network, text: str) -> bool:
    """Whether ``text`` names it: by its name, or ``datacenter/name``."""
    return text in (network.name, f"{network.datacenter}/{network.name}")
