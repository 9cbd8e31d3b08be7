"""A VM's network adapters as a relocation reconnects them: standard, distributed and opaque networks alike."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyVmomi import vim

from recommender.errors import MigrationRefused
from recommender.inventory.reference import EntityRef
from recommender.placement.result import NetworkMove
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.session.session import Service

Card: Final[Any] = vim.vm.device.VirtualEthernetCard
# vCenter makes the kind of a network the beginning of its id.
DISTRIBUTED, OPAQUE = "dvportgroup-", "network-o"


def reconnected_cards(
    here: Service, there: Service, vm: Facts, moves: Sequence[NetworkMove]
) -> Iterator[vim.vm.device.VirtualDeviceSpec]:
    """Each adapter of ``vm`` (its ``config.hardware.device`` was read) that is connected elsewhere with its move.

    Raises ``MigrationRefused`` where no adapter is on such a network any more, or the new network is gone.
    """
    cards = [device for device in vm.get("config.hardware.device") or () if isinstance(device, Card)]
    for move in moves:
        names = _names_of(here, move.source)
        found = [card for card in cards if not names.isdisjoint(_network_of(card))]
        if not found:
            raise MigrationRefused(f"no adapter of {vm.ref} is on network {move.source} any more; nothing was sent")
        for card in found:
            card.backing = backing_of(there, move.destination)
            yield vim.vm.device.VirtualDeviceSpec(operation=vim.vm.device.VirtualDeviceSpec.Operation.edit, device=card)


def backing_of(service: Service, network: EntityRef) -> Any:
    """What connects an adapter to ``network``. Raises ``MigrationRefused`` if it is gone."""
    facts = _read(service, network)
    if network.moid.startswith(DISTRIBUTED):
        switch = read_object(service, facts.need("config.distributedVirtualSwitch"), ("uuid",))
        if switch is None:
            raise MigrationRefused(f"the switch of network {network} is gone; nothing was sent")
        port = vim.dvs.PortConnection(switchUuid=switch.need("uuid"), portgroupKey=facts.need("key"))
        return Card.DistributedVirtualPortBackingInfo(port=port)
    if network.moid.startswith(OPAQUE):
        summary = facts.need("summary")
        return Card.OpaqueNetworkBackingInfo(
            opaqueNetworkId=summary.opaqueNetworkId, opaqueNetworkType=summary.opaqueNetworkType
        )
    return Card.NetworkBackingInfo(deviceName=facts.name, network=vim.Network(network.moid))


def _read(service: Service, network: EntityRef) -> Facts:
    kind: Any = vim.Network
    paths: tuple[str, ...] = ("name",)
    if network.moid.startswith(DISTRIBUTED):
        kind, paths = vim.dvs.DistributedVirtualPortgroup, ("name", "key", "config.distributedVirtualSwitch")
    elif network.moid.startswith(OPAQUE):
        kind, paths = vim.OpaqueNetwork, ("name", "summary")
    facts = read_object(service, kind(network.moid), paths)
    if facts is None:
        raise MigrationRefused(f"network {network} is gone; nothing was sent")
    return facts


def _names_of(service: Service, network: EntityRef) -> set[str]:
    """By which an adapter's backing may call it."""
    facts = _read(service, network)
    if network.moid.startswith(OPAQUE):
        return {network.moid, facts.need("summary").opaqueNetworkId}
    if network.moid.startswith(DISTRIBUTED):
        return {network.moid, str(facts.need("key"))}
    return {network.moid, facts.name}


def _network_of(card: Any) -> set[str]:
    """What its backing says of its network: an id, a key, a name."""
    backing = card.backing
    if isinstance(backing, Card.DistributedVirtualPortBackingInfo):
        return {backing.port.portgroupKey}
    if isinstance(backing, Card.OpaqueNetworkBackingInfo):
        return {backing.opaqueNetworkId}
    if isinstance(backing, Card.NetworkBackingInfo):
        # Networks of different data centres may share a name: the id decides where it is told.
        return {moid_of(backing.network)} if backing.network is not None else {backing.deviceName}
    return set()
