"""What a migration asks of the network: seconds that nobody shares, then data over links that others use too."""

from collections.abc import Hashable
from dataclasses import dataclass

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.migration.bandwidth import route_between, vmotion_end
from recommender.migration.estimate import MigrationKind
from recommender.migration.vm_inputs import cipher_mib_s
from recommender.placement.result import Move
from recommender.policy import Policy
from recommender.quantities import mib_s_from_mbit_s

Link = Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A migration that alone takes ``fixed_s`` and then ``work_mib`` at ``own_mib_s``.

    ``links``: what it shares, each with what it carries in MiB/s; a host sends and receives at full rate at once.
    """

    fixed_s: float
    work_mib: float
    own_mib_s: float
    links: tuple[tuple[Link, float], ...]

    @property
    def alone_s(self) -> float:
        """Its time when it shares with nobody."""
        return self.fixed_s + (self.work_mib / self.own_mib_s if self.work_mib else 0.0)


def median_transfer(inventory: Inventory, policy: Policy, move: Move) -> Transfer:
    """``move`` as predicted at p50. Raises ``KeyError`` for a host or VM that is not in the inventory."""
    return _transfer(inventory, policy, move, move.estimate.duration_p50_s)


def late_transfer(inventory: Inventory, policy: Policy, move: Move) -> Transfer:
    """``move`` as predicted at p95: what it takes longer than the median, it takes on the links."""
    return _transfer(inventory, policy, move, move.estimate.duration_p95_s)


def _transfer(inventory: Inventory, policy: Policy, move: Move, duration_s: float) -> Transfer:
    source, destination = inventory.host(move.source), inventory.host(move.destination)
    usable = policy.migration.usable_line_rate
    cipher = cipher_mib_s(inventory.vm(move.vm), policy.migration)
    own_mib_s = route_between(inventory, source, destination, usable, cipher_mib_s=cipher).mib_s
    network_s = min(move.estimate.duration_p50_s, _network_mib(inventory, move, source) / own_mib_s)
    if not network_s:
        return Transfer(fixed_s=duration_s, work_mib=0.0, own_mib_s=own_mib_s, links=())
    fixed_s = min(move.estimate.duration_p50_s - network_s, duration_s)
    links: list[tuple[Link, float]] = [
        (("send", source.ref), vmotion_end(source.vmotion_adapters, usable).mib_s),
        (("receive", destination.ref), vmotion_end(destination.vmotion_adapters, usable).mib_s),
    ]
    between = inventory.site_link(source.site, destination.site)
    if between is not None and between.bandwidth_mbit_s:
        sites = ("between", *sorted((source.site, destination.site)))
        links.append((sites, mib_s_from_mbit_s(between.bandwidth_mbit_s)))
    return Transfer(
        fixed_s=fixed_s, work_mib=(duration_s - fixed_s) * own_mib_s, own_mib_s=own_mib_s, links=tuple(links)
    )


def _network_mib(inventory: Inventory, move: Move, source: Host) -> float:
    """Data that goes from host to host: memory, and disks that the source's storage cannot reach, running or not."""
    estimate = move.estimate
    if move.source == move.destination or estimate.kind is MigrationKind.STORAGE_VMOTION:
        return 0.0
    size_mib = {disk.key: disk.size_mib for disk in inventory.vm(move.vm).disks}
    copied = [(disk.disk_key, disk.destination in source.datastores) for disk in move.disk_moves]
    if estimate.kind is MigrationKind.COLD:
        return float(sum(size_mib.get(key, 0) for key, is_local in copied if not is_local))
    return max(0.0, estimate.sent_mib_p50 - sum(size_mib.get(key, 0) for key, is_local in copied if is_local))
