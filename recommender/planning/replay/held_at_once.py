"""How much is under way at a time, counted anew. Part of the replay; shares nothing with the scheduler.

What a migration costs follows from its VM, its ends and its copies, not from what the plan calls it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterator
from typing import Final, NamedTuple

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import route_between
from recommender.migration.vm_inputs import cipher_mib_s
from recommender.move_order import CapScope, selects
from recommender.placement.result import Move
from recommender.planning.replay.cap_places import cap_places
from recommender.policy import Policy

TEN_GBIT_S: Final = 10_000
ROUNDING: Final = 1e-6


class Held(NamedTuple):
    """``amount`` of what ``name`` tells, of which there is ``most``; ``alone`` it may exceed that."""

    key: Hashable
    name: str
    amount: float
    most: float
    alone: bool = False


class HeldAtOnce:
    """Follows a plan; migrations of others that were under way at its start hold what they hold throughout."""

    def __init__(self, inventory: Inventory, policy: Policy) -> None:
        self._inventory, self._policy = inventory, policy
        self._sums: defaultdict[Hashable, float] = defaultdict(float)
        self._counts: Counter[Hashable] = Counter()
        for flight in inventory.in_flight:
            vm = inventory.find_vm(flight.vm)
            if vm is not None:
                stores = {*flight.destination_datastores, *(store for _, store in flight.disk_targets)}
                copied = {*vm.datastores, *stores} if stores else set[EntityRef]()
                self._take(self._held(vm, vm.host, flight.destination, copied), 1)

    def start(self, picture: Inventory, move: Move) -> tuple[list[Held], list[str]]:
        """What ``move`` holds until it ends, and why it may not start now."""
        copied = {store for disk in move.disk_moves for store in (disk.source, disk.destination)}
        held = list(self._held(picture.vm(move.vm), move.source, move.destination, copied))
        self._take(held, 1)
        return held, [told for one in held if (told := self._excess(one))]

    def end(self, held: Collection[Held]) -> None:
        """A migration that held so much is over."""
        self._take(held, -1)

    def _take(self, held: Iterator[Held] | Collection[Held], sign: int) -> None:
        for one in held:
            self._sums[one.key] += sign * one.amount
            self._counts[one.key] += sign

    def _excess(self, one: Held) -> str:
        total = self._sums[one.key]
        if total <= one.most + ROUNDING or (one.alone and self._counts[one.key] == 1):
            return ""
        return f"{total:g} {one.name} are held at a time, it has {one.most:g}"

    def _held(
        self, vm: VirtualMachine, source: EntityRef, destination: EntityRef, copied: Collection[EntityRef]
    ) -> Iterator[Held]:
        ends = {ref: self._inventory.find_host(ref) for ref in (source, destination)}
        yield from self._at_hosts(vm, ends, is_copied=bool(copied))
        yield from self._at_datastores(vm, copied)
        yield from self._of_operator(vm, [host for host in ends.values() if host is not None])

    def _at_hosts(self, vm: VirtualMachine, ends: dict[EntityRef, Host | None], *, is_copied: bool) -> Iterator[Held]:
        limits = self._policy.limits
        cost = limits.storage_host_cost if is_copied else limits.vmotion_host_cost
        if not vm.is_powered_on:
            cost = limits.cold_host_cost
        for ref, host in ends.items():
            name = host.name if host is not None else str(ref)
            yield Held(("host", ref), f"units of host {name}", cost, limits.host_units)
            if vm.is_powered_on and len(ends) > 1:
                links = [one.link_mbit_s or 0 for one in (host.vmotion_adapters if host else None) or ()]
                is_fast = any(link >= TEN_GBIT_S for link in links)
                most = limits.network_units_from_10_gbit_s if is_fast else limits.network_units_below_10_gbit_s
                yield Held(("network", ref), f"units of vMotion network of host {name}", 1, most)

    def _at_datastores(self, vm: VirtualMachine, copied: Collection[EntityRef]) -> Iterator[Held]:
        limits = self._policy.limits
        for ref in {*vm.datastores, *copied}:
            store = self._inventory.find_datastore(ref)
            cost = limits.storage_datastore_cost if ref in copied else limits.vmotion_datastore_cost
            name = f"units of datastore {store.name if store else ref}"
            yield Held(("datastore", ref), name, cost, limits.datastore_units)

    def _of_operator(self, vm: VirtualMachine, ends: list[Host]) -> Iterator[Held]:
        order = self._policy.order
        for rule in order.serialize:
            if selects(rule.vms, vm.name, vm.tags):
                yield Held(("never two", rule.name), f"migrations of {rule.name!r}", 1, 1)
        for cap in order.cap:
            if cap.scope is CapScope.GROUP:
                places = [""] if selects(cap.of, vm.name, vm.tags) else []
            else:
                places = cap_places(self._inventory, cap, ends)
            for place in places:
                at = f" at {place}" if place else ""
                if cap.at_once is not None:
                    yield Held(("at once", cap.name, place), f"migrations of {cap.name!r}{at}", 1, cap.at_once)
                if cap.mib_s is not None and len(ends) > 1:
                    name = f"MiB/s of {cap.name!r}{at}"
                    yield Held(("MiB/s", cap.name, place), name, self._mib_s(vm, *ends), cap.mib_s, alone=True)

    def _mib_s(self, vm: VirtualMachine, source: Host, destination: Host) -> float:
        rules = self._policy.migration
        cipher = cipher_mib_s(vm, rules)
        return route_between(self._inventory, source, destination, rules.usable_line_rate, cipher_mib_s=cipher).mib_s
