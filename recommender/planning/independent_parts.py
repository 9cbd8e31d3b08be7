"""Moves that have nothing to do with each other, such as those of two clusters: each part is planned by itself.

So the time to plan grows with the number of parts, not with its square, and who waits in one waits for nobody else's.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from recommender.constraints.fault_domains import FaultDomains
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitKind, UnitPlace, units_of
from recommender.planning.order.operator_caps import CapPlace
from recommender.planning.order.rules import OrderRules
from recommender.planning.transfers.transfer import median_transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import MoveScope, Policy

Part = tuple[Inventory, list[Move]]


def independent_parts(inventory: Inventory, policy: Policy, moves: Sequence[Move]) -> list[Part]:
    """Parts of ``moves``, in their order, each with what it has to know of the inventory.

    Two moves are in one part if they share a cluster, a rule, a way between sites, or a datastore or cap that might
    not suffice for all. There is one part only where VMs may leave their clusters, where disks are copied, and while
    others migrate.
    """
    hosts = {host for move in moves for host in (move.source, move.destination)}
    # What others have under way holds units of datastores that each part would have to know of.
    is_divisible = policy.move_scope is MoveScope.CLUSTER and not inventory.in_flight
    is_divisible = is_divisible and not any(move.disk_moves for move in moves)
    spread = FaultDomains(policy.fault_domains)  # their domains may reach over clusters
    is_divisible = is_divisible and not any(spread.class_key(inventory, inventory.vm(move.vm)) for move in moves)
    if not is_divisible or len({_home(inventory, host) for host in hosts}) < 2:
        return [(inventory, list(moves))] if moves else []
    joined = _Joined()
    shared = _contended(inventory, policy, moves)
    for move in moves:
        home = _home(inventory, move.source)
        joined.join(home, _home(inventory, move.destination))
        for link, _ in median_transfer(inventory, policy, move).links:
            joined.join(home, link)
        for place in shared & units_of(inventory, policy, move).keys():
            joined.join(home, place)
        groups_of = (inventory.affinity_rules_of(move.vm), inventory.anti_affinity_rules_of(move.vm))
        for refs in (rule.vms for rules in groups_of for rule in rules):
            for member in filter(None, map(inventory.find_vm, refs)):
                joined.join(home, _home(inventory, member.host))
    rules = OrderRules(inventory, policy.order, moves)
    for tied in (*rules.groups(), *({*rule.first, *rule.then} for rule in rules.befores)):
        homes = sorted({_home(inventory, inventory.vm(ref).host) for ref in tied})
        for other in homes[1:]:
            joined.join(homes[0], other)
    groups: defaultdict[Hashable, list[Move]] = defaultdict(list)
    for move in moves:
        groups[joined.root(_home(inventory, move.source))].append(move)
    return [(_of_homes(inventory, joined, root), group) for root, group in groups.items()]


class _Joined:
    """Sets of things that belong together."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, one: Hashable) -> Hashable:
        """What stands for the whole set."""
        while (parent := self._parent.get(one, one)) != one:
            self._parent[one] = self._parent.get(parent, parent)
            one = parent
        return one

    def join(self, one: Hashable, other: Hashable) -> None:
        """They are one set from now on."""
        self._parent[self.root(other)] = self.root(one)


def _home(inventory: Inventory, host: EntityRef) -> EntityRef:
    found = inventory.host(host)
    return found.cluster or found.ref


def _contended(inventory: Inventory, policy: Policy, moves: Iterable[Move]) -> set[UnitPlace]:
    """Datastores and caps that have not units enough for all moves at once."""
    asked: defaultdict[UnitPlace, int] = defaultdict(int)
    for move in moves:
        for place, units in units_of(inventory, policy, move).items():
            asked[place] += units
    ledger = UnitLedger(inventory, policy)
    return {
        one
        for one, units in asked.items()
        if (isinstance(one, CapPlace) or one.kind is UnitKind.DATASTORE) and units > ledger.grantable(one)
    }


def _of_homes(inventory: Inventory, joined: _Joined, root: Hashable) -> Inventory:
    """The hosts of one part with the VMs on them; everything else as it is."""
    hosts = tuple(host for host in inventory.hosts if joined.root(host.cluster or host.ref) == root)
    refs = {host.ref for host in hosts}
    vms = tuple(vm for vm in inventory.virtual_machines if vm.host in refs)
    return replace(inventory, hosts=hosts, virtual_machines=vms)
