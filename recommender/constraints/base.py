"""What every rule consists of: eligibility of pairs, a statement to the solver, and a check.

The three are written independently of each other, and property tests hold them against each other.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

BoolMatrix = npt.NDArray[np.bool_]
FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where a rule is broken.

    ``constraint`` is the name of ours, ``rule`` the name of vCenter's (or the configuration's) rule behind it, if any.
    ``vms`` are all VMs that take part, ``host`` the host where it is broken (``None``: between hosts), ``datastore``
    the datastore, where it is about one.
    ``reason`` tells it with numbers and names no VM or host that the other fields already tell.
    ``is_unknown``: the rule cannot be judged because a fact is missing; the reason starts with ``unknown:``.
    """

    __pydantic_config__ = {"extra": "forbid"}

    constraint: str
    rule: str | None = None
    vms: tuple[EntityRef, ...]
    host: EntityRef | None
    reason: str
    is_unknown: bool = False
    datastore: EntityRef | None = None

    @property
    def place(self) -> tuple[str, str | None, EntityRef | None, EntityRef | None]:
        """What stays the same while the numbers in it change: tells a new violation from one that was there."""
        return (self.constraint, self.rule, self.host, self.datastore)


class PlacementModel(Protocol):
    """What a rule may say to the solver; indexes are positions in ``vms`` and ``hosts``.

    ``vms`` are the VMs that may move, ``hosts`` all hosts. Everything that stays where it is, and all that is
    in flight, is charged by the rule itself in ``limit``.
    """

    @property
    def vms(self) -> Sequence[VirtualMachine]: ...

    @property
    def hosts(self) -> Sequence[Host]: ...

    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        """On every host the demands (one per VM) of the VMs placed there sum to at most its limit."""

    def together(self, name: str, vms: Sequence[int]) -> None:
        """These VMs are on one host."""

    def apart(self, name: str, vms: Sequence[int]) -> None:
        """No two of these VMs are on one host."""

    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        """A VM that does not move stands on ``host``: these VMs must be there too, or none of them may."""

    def spread(self, name: str, vms: Sequence[int], domain_of: Sequence[int], most: Sequence[int]) -> None:
        """At most ``most[d]`` of these VMs are on the hosts of domain d; ``domain_of`` by host, −1 for none."""


class Constraint(Protocol):
    """One hard rule.

    ``name`` is its file's name. ``continuous``: it must hold at every moment of a plan, not only at its end.
    """

    @property
    def name(self) -> str: ...

    @property
    def continuous(self) -> bool: ...

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """VMs with equal keys have equal rows in ``eligible`` (so that one row serves a whole class)."""

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """What can be said of each (VM, host) pair alone: ``[len(vms), len(hosts)]``, true where it may run.

        Speaks of *bringing* a VM to a host; where a VM already is, it may always stay unless ``violations`` says
        that staying breaks the rule.
        """

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Tell the solver what depends on several VMs at once."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Every broken place in which one of ``vms`` takes part, in plain Python, ``inventory`` as it stands.

        Rules about *moving* (may it be moved at all, over which distance) speak of the VMs in flight; the other
        rules count a VM in flight at both ends. A missing fact gives a violation with ``is_unknown``: it
        forbids bringing a VM there, but a VM that merely stays there breaks nothing.
        """


class EveryPair:
    """A part of a ``Constraint``: every VM may go to every host, as far as the two alone are looked at."""

    __slots__ = ()

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """One row for all."""
        del inventory, vm
        return None

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True everywhere."""
        del inventory
        return np.ones((len(vms), len(hosts)), dtype=bool)


@runtime_checkable
class DiskConstraint(Protocol):
    """A rule that also speaks of where disks are copied to; its checker knows them from migrations in flight."""

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """Copies with equal keys are admitted to the same hosts and datastores."""

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """Whether these disks of ``vm`` (by key, ``HOME`` among them) may be copied to ``store`` to run on ``host``.

        As far as that can be said of this copy alone.
        """


@dataclass(frozen=True, slots=True)
class DisksApart:
    """``members``: VMs with keys of disks; nothing of two of them may be on one of ``stores``. ``name``: the rule's."""

    name: str
    members: tuple[tuple[EntityRef, frozenset[int]], ...]
    stores: frozenset[EntityRef]

    @property
    def vms(self) -> frozenset[EntityRef]:
        """The VMs that it is about."""
        return frozenset(vm for vm, _ in self.members)


@runtime_checkable
class DiskSeparation(Protocol):
    """A rule about disks that depends on where several of them go: the search for datastores keeps it."""

    def disks_apart(self, inventory: Inventory) -> Iterable[DisksApart]:
        """What may not be together."""
