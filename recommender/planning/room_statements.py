"""What the continuous rules say about a set of moves, asked once: numbers a ledger can add up while a draft grows.

A rule speaks of pairs (may this VM go there at all) and of several VMs at once; the second is what it states to the
solver, so a ledger that keeps to both keeps the rule. Moves for which that is not the whole truth are told by
``can_be_stated``.
"""

from collections.abc import Hashable, Sequence

from recommender.constraints.base import Constraint
from recommender.constraints.check import caused_by_move
from recommender.constraints.fault_domains import FaultDomains
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.result import Move
from recommender.placement.statements import Statements
from recommender.planning.evolving_picture import disk_targets
from recommender.policy import MoveScope, Policy


def can_be_stated(inventory: Inventory, policy: Policy, moves: Sequence[Move]) -> bool:
    """Whether rules about these moves, and about ways round, consist of pairs and statements alone.

    Not so where VMs are spread over domains, where disks are copied, where a VM is under way already, and where HA
    counts who enters a cluster.
    """
    if any(FaultDomains(policy.fault_domains).class_key(inventory, inventory.vm(move.vm)) for move in moves):
        return False
    if any(move.disk_moves or inventory.in_flight_of(move.vm) is not None for move in moves):
        return False
    return policy.move_scope is MoveScope.CLUSTER or not any(one.admission_control for one in inventory.clusters)


class RoomStatements:
    """Positions are those of ``refs`` (the VMs that move) and of ``inventory.hosts``."""

    def __init__(self, inventory: Inventory, constraints: Sequence[Constraint], moves: Sequence[Move]) -> None:
        self._inventory, self._constraints = inventory, constraints
        self.refs = tuple(dict.fromkeys(move.vm for move in moves))
        self.position = {ref: number for number, ref in enumerate(self.refs)}
        self.vms = tuple(inventory.vm(ref) for ref in self.refs)
        self.hosts = tuple(host.ref for host in inventory.hosts)
        self.host_position = {host.ref: number for number, host in enumerate(inventory.hosts)}
        said = Statements(vms=self.vms, hosts=inventory.hosts)
        self._stating: set[str] = set()
        for rule in constraints:
            before = _size(said)
            rule.post(inventory, said)
            if _size(said) > before:
                self._stating.add(rule.name)
        limits, demands = ([getattr(one, of).tolist() for one in said.capacities] for of in ("limit", "demand"))
        self.limits, self.demands = _rows(limits, len(inventory.hosts)), _rows(demands, len(self.vms))
        self.groups: dict[int, set[int]] = {}
        for number, members in enumerate(said.groups_apart):
            for member in members:
                self.groups.setdefault(member, set()).add(number)
        self.forbidden = said.forbidden
        self._pairs: dict[tuple[int, Hashable, EntityRef], bool] = {}
        self._closed: dict[tuple[EntityRef, EntityRef, EntityRef], bool] = {}

    def is_closed(self, move: Move) -> bool:
        """Whether what depends on nobody else forbids ``move``, at whatever moment."""
        key = (move.vm, move.source, move.destination)
        if key not in self._closed:
            self._closed[key] = self._is_closed(move)
        return self._closed[key]

    def _is_closed(self, move: Move) -> bool:
        vm = self.vms[self.position[move.vm]]
        if vm.host == move.source and all(
            self._pair(number, rule, vm, move.destination) for number, rule in enumerate(self._constraints)
        ):
            return False
        picture = self._inventory if vm.host == move.source else self._inventory.with_vm_on(move.vm, move.source)
        destination = picture.host(move.destination)
        found = caused_by_move(self._constraints, picture, picture.vm(move.vm), destination, disk_targets(move))
        return any(broken.is_unknown or broken.constraint not in self._stating for broken in found)

    def _pair(self, number: int, rule: Constraint, vm: VirtualMachine, destination: EntityRef) -> bool:
        key = (number, rule.class_key(self._inventory, vm), destination)
        if key not in self._pairs:
            host = self._inventory.host(destination)
            self._pairs[key] = bool(rule.eligible(self._inventory, (vm,), (host,))[0, 0])
        return self._pairs[key]


def _rows(columns: list[list[float]], length: int) -> list[tuple[float, ...]]:
    return list(zip(*columns, strict=True)) if columns else [()] * length


def _size(said: Statements) -> int:
    forbidden, required = (sum(map(len, table.values())) for table in (said.forbidden, said.required))
    return len(said.capacities) + len(said.groups_apart) + len(said.groups_together) + forbidden + required
