"""Who holds room where, kept as sums per host: each start and end costs the same, however many VMs there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.dependencies import DraftStep
from recommender.planning.room_statements import RoomStatements


class LedgerRoom:
    """The ``Room`` of moves that ``can_be_stated``; ``said`` may be shared by several drafts."""

    def __init__(self, inventory: Inventory, said: RoomStatements, steps: Sequence[DraftStep]) -> None:
        self._inventory, self._said, self._steps = inventory, said, steps
        self._host: list[int] = [said.host_position[vm.host] for vm in said.vms]
        self._towards: dict[int, int] = {}  # of those in flight
        self._charged: list[set[int]] = [set() for _ in inventory.hosts]
        self._loads: list[list[float]] = [[0.0] * len(said.limits[0]) for _ in inventory.hosts]
        for vm, host in enumerate(self._host):
            self._charge(vm, host)
        self._left: defaultdict[int, list[int]] = defaultdict(list)  # by host, of ended steps
        self._came: defaultdict[int, list[int]] = defaultdict(list)  # by host, of started steps
        self._legs: defaultdict[int, list[int]] = defaultdict(list)  # by VM, of ended steps

    def host_of(self, vm: EntityRef) -> EntityRef:
        """See ``Room``."""
        return self._inventory.hosts[self._host[self._said.position[vm]]].ref

    def refuses(self, move: Move) -> bool:
        """See ``Room``."""
        if self._said.is_closed(move):
            return True
        vm, host = self._ends(move)
        return host in self._said.forbidden.get(vm, ()) or self._is_full(vm, host, self._charged[host], ())

    def refuses_together(self, moves: Sequence[Move]) -> bool:
        """See ``Room``."""
        charged: list[tuple[int, int]] = []
        is_refused = False
        for move in moves:
            is_refused = self.refuses(move)
            if is_refused:
                break
            vm, host = self._ends(move)
            if vm not in self._charged[host]:
                self._charge(vm, host)
                charged.append((vm, host))
        for vm, host in charged:
            self._charged[host].discard(vm)
            self._add(host, vm, -1)
        return is_refused

    def needed_by(self, move: Move) -> tuple[int, ...]:
        """See ``Room``; as ``Dependencies.of`` says it.

        Asked one by one: if only this step (and whoever came because of it) had not happened, would ``move`` be
        refused? Where each of two steps makes enough room, neither is necessary.
        """
        vm, host = self._ends(move)
        before = set(self._legs[vm][-1:])
        left = [position for position in self._left[host] if position not in before]
        if left and self._is_full_with(vm, host, left, ()):
            before.update(
                position for position in left if self._is_full_with(vm, host, [position], self._followers(position))
            )
        return tuple(sorted(before))

    def started(self, position: int) -> None:
        """See ``Room``."""
        vm, host = self._ends(self._steps[position].move)
        self._towards[vm] = host
        self._charge(vm, host)
        self._came[host].append(position)

    def ended(self, position: int) -> None:
        """See ``Room``."""
        vm, host = self._ends(self._steps[position].move)
        source, self._host[vm] = self._host[vm], host
        del self._towards[vm]
        if source != host:
            self._charged[source].discard(vm)
            self._add(source, vm, -1)
            self._left[source].append(position)
        self._legs[vm].append(position)

    def picture(self) -> Inventory:
        """See ``Room``."""
        hosts, said = self._inventory.hosts, self._said
        at = {ref: hosts[host].ref for ref, host in zip(said.refs, self._host, strict=True)}
        vms = (
            replace(vm, host=at[vm.ref]) if at.get(vm.ref, vm.host) != vm.host else vm
            for vm in self._inventory.virtual_machines
        )
        flights = [
            MigrationInFlight(vm=said.refs[vm], destination=hosts[host].ref) for vm, host in self._towards.items()
        ]
        return replace(self._inventory, virtual_machines=tuple(vms), in_flight=(*self._inventory.in_flight, *flights))

    def disks_now(self) -> Inventory:
        """See ``Room``."""
        return self._inventory

    def _ends(self, move: Move) -> tuple[int, int]:
        return self._said.position[move.vm], self._said.host_position[move.destination]

    def _charge(self, vm: int, host: int) -> None:
        if vm not in self._charged[host]:
            self._charged[host].add(vm)
            self._add(host, vm, 1)

    def _add(self, host: int, vm: int, sign: int) -> None:
        loads = self._loads[host]
        for kind, demand in enumerate(self._said.demands[vm]):
            loads[kind] += sign * demand

    def _is_full_with(self, vm: int, host: int, back: Sequence[int], gone: Iterable[int]) -> bool:
        """Whether there would be no room had the steps ``back`` not left the host and the VMs ``gone`` not come."""
        returned = {self._said.position[self._steps[position].move.vm] for position in back} - self._charged[host]
        absent = set(gone) & self._charged[host]
        changes = [*((1, other) for other in returned), *((-1, other) for other in absent - returned)]
        return self._is_full(vm, host, (self._charged[host] | returned) - absent, changes)

    def _is_full(self, vm: int, host: int, charged: set[int], changes: Sequence[tuple[int, int]]) -> bool:
        said = self._said
        if vm in charged:
            return False
        demands = said.demands
        runs = said.vms[vm].is_powered_on
        for kind, (load, demand, limit) in enumerate(
            zip(self._loads[host], demands[vm], said.limits[host], strict=True)
        ):
            asked = load + demand
            for sign, other in changes:
                asked += sign * demands[other][kind]
            # A VM that does not run asks for nothing, and so breaks nothing where others already do.
            if asked > limit and (demand or runs):
                return True
        groups = said.groups.get(vm)
        return groups is not None and any(
            not said.groups[other].isdisjoint(groups) for other in charged if other in said.groups
        )

    def _followers(self, position: int) -> Iterable[int]:
        """The VMs that are at, or on their way to, the place a step freed, and came because of it."""
        freed = self._said.host_position[self._steps[position].move.source]
        for came in self._came[freed]:
            step = self._steps[came]
            if position in step.depends_on:
                vm = self._said.position[step.move.vm]
                if self._towards.get(vm) == freed or self._host[vm] == freed:
                    yield vm
