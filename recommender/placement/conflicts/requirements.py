"""What a question demands, one requirement at a time, so that those can be found that clash.

A requirement is a rule of ours or a named one, a rule's limit on one host, or that a host be left. The same rules are
told to the search as arrays; here each keeps its name.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.constraints.base import Constraint, DiskConstraint, FloatVector, Violation
from recommender.constraints.vm_host_affinity import VmHostAffinity
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.free_vms import FreeVms
from recommender.placement.problem import Bools
from recommender.placement.statements import SpreadVms

ABOUT_ONE_HOST = frozenset({"evacuated_host", "host_available"})
MOST_HOSTS_APART = 12  # on more hosts than that, a limit is one requirement for all of them


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """``constraint``: ours; ``rule``: the named one behind it.

    ``host``, ``datastore``: where a limit or a leaving is about one.
    """

    constraint: str
    rule: str | None = None
    host: EntityRef | None = None
    datastore: EntityRef | None = None


@dataclass(slots=True)
class Requirements:
    """Everything demanded of placing ``vms`` on ``hosts``; indexes are positions in them.

    ``closed``: pairs that a requirement forbids. ``limits``: (requirement, capacity's name, host, demand by VM, room).
    ``apart_groups`` and ``together_groups``: (requirement, VMs); ``spreads``: (requirement, what is said of it).
    """

    vms: Sequence[VirtualMachine]
    hosts: Sequence[Host]
    left_broken: tuple[Violation, ...] = ()
    closed: defaultdict[Requirement, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    limits: list[tuple[Requirement, str, int, FloatVector, float]] = field(default_factory=list)
    apart_groups: list[tuple[Requirement, tuple[int, ...]]] = field(default_factory=list)
    together_groups: list[tuple[Requirement, tuple[int, ...]]] = field(default_factory=list)
    spreads: list[tuple[Requirement, SpreadVms]] = field(default_factory=list)
    speaking: str = ""  # the constraint that is posting now

    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        """See ``PlacementModel``."""
        if demand.any():
            for index, host in enumerate(self.hosts):
                apart = host.ref if len(self.hosts) <= MOST_HOSTS_APART else None
                self.limits.append((Requirement(self.speaking, host=apart), name, index, demand, float(limit[index])))

    def together(self, name: str, vms: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        if not self._is_left_broken(name, vms):
            self.together_groups.append((Requirement(self.speaking, name), tuple(vms)))

    def apart(self, name: str, vms: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        self.apart_groups.append((Requirement(self.speaking, name), tuple(vms)))

    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        """See ``PlacementModel``."""
        if not (together and self._is_left_broken(name, vms)):
            others = [other for other in range(len(self.hosts)) if (other == host) is not together]
            self.closed[Requirement(self.speaking, name)] |= {(vm, other) for vm in vms for other in others}

    def spread(self, name: str, vms: Sequence[int], domain_of: Sequence[int], most: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        self.spreads.append((Requirement(self.speaking, name), SpreadVms(tuple(vms), tuple(domain_of), tuple(most))))

    def groups(self) -> Iterator[tuple[Requirement, tuple[int, ...]]]:
        """The VMs that are to be together, apart or spread, by what demands it."""
        yield from self.apart_groups
        yield from self.together_groups
        yield from ((one, spread.vms) for one, spread in self.spreads)

    def _is_left_broken(self, name: str, vms: Sequence[int]) -> bool:
        refs = {self.vms[vm].ref for vm in vms}
        return any(broken.rule == name and refs.issubset(broken.vms) for broken in self.left_broken)


def requirements_of(
    inventory: Inventory,
    constraints: Sequence[Constraint],
    free: FreeVms,
    with_disks: Collection[int] = (),
) -> Requirements:
    """What every rule demands of the free VMs; where a VM is, it may stay unless it has to leave.

    Of VMs (by position) ``with_disks`` nothing is demanded that depends on where their disks are.
    """
    found = Requirements(free.vms, inventory.hosts, free.left_broken)
    at = {host.ref: index for index, host in enumerate(inventory.hosts)}
    home = [at[vm.host] for vm in free.vms]
    for constraint in constraints:
        found.speaking = constraint.name
        constraint.post(inventory, found)
        if constraint.name == VmHostAffinity.name:
            _close_by_named_rules(inventory, found)
        else:
            _close_pairs(inventory, constraint, found, with_disks if isinstance(constraint, DiskConstraint) else ())
    for one, pairs in found.closed.items():
        if free.is_tolerant or one.rule is None:
            pairs -= {(vm, host) for vm, host in pairs if host == home[vm]}
    position = {vm.ref: index for index, vm in enumerate(free.vms)}
    for broken in free.to_mend:
        vm = position.get(broken.vms[0])
        if vm is not None and broken.vms[0] in free.must_leave and broken.host == free.vms[vm].host:
            found.closed[Requirement(broken.constraint, broken.rule, broken.host)].add((vm, home[vm]))
    return found


def _close_pairs(inventory: Inventory, constraint: Constraint, found: Requirements, left_out: Collection[int]) -> None:
    rows: dict[Hashable, Bools] = {}
    for index, vm in enumerate(found.vms):
        if index in left_out:
            continue
        key = constraint.class_key(inventory, vm)
        if key not in rows:
            rows[key] = constraint.eligible(inventory, [vm], found.hosts)[0]
        for host in np.flatnonzero(~rows[key]):
            about = found.hosts[int(host)].ref if constraint.name in ABOUT_ONE_HOST else None
            found.closed[Requirement(constraint.name, host=about)].add((index, int(host)))


def _close_by_named_rules(inventory: Inventory, found: Requirements) -> None:
    for index, vm in enumerate(found.vms):
        for rule in inventory.vm_host_rules_of(vm.ref):
            if rule.is_mandatory:
                pairs = {(index, column) for column, host in enumerate(found.hosts) if not rule.allows(host.ref)}
                found.closed[Requirement(VmHostAffinity.name, rule.name)] |= pairs
