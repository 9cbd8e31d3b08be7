"""Asks a rule in one line, about VMs and hosts by their names; and a solver that only writes down what it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from recommender.constraints.base import Constraint, FloatVector
from recommender.constraints.check import caused_by_move
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from tests.inventories import ref


def hosts_for(rule: Constraint, inventory: Inventory, vm: str = "a") -> set[str]:
    """The hosts to which ``eligible`` lets the VM go, its own among them."""
    row = rule.eligible(inventory, [inventory.vm(ref(vm))], inventory.hosts)[0]
    return {host.name for host, may_go in zip(inventory.hosts, row, strict=True) if may_go}


def reasons_against(rule: Constraint, inventory: Inventory, host: str, vm: str = "a") -> list[str]:
    """Why the checker would not let the VM move there."""
    return [
        found.reason for found in caused_by_move([rule], inventory, inventory.vm(ref(vm)), inventory.host(ref(host)))
    ]


def broken(rule: Constraint, inventory: Inventory, *vms: str) -> list[str]:
    """The reasons of what is broken as it stands, asked about these VMs (all, where none is named)."""
    asked = [inventory.vm(ref(vm)) for vm in vms] or inventory.virtual_machines
    return [found.reason for found in rule.violations(inventory, asked)]


def flight(vm: str, to: str, *datastores: str) -> MigrationInFlight:
    return MigrationInFlight(vm=ref(vm), destination=ref(to), destination_datastores=tuple(map(ref, datastores)))


@dataclass(frozen=True)
class WrittenModel:
    """A ``PlacementModel`` in which a test can read what a rule has said, in names and plain numbers."""

    vms: Sequence[VirtualMachine]
    hosts: Sequence[Host]
    said: list[tuple[object, ...]] = field(default_factory=list)

    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        self.said.append(("capacity", name, demand.tolist(), limit.tolist()))

    def together(self, name: str, vms: Sequence[int]) -> None:
        self.said.append(("together", name, self._names(vms)))

    def apart(self, name: str, vms: Sequence[int]) -> None:
        self.said.append(("apart", name, self._names(vms)))

    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        self.said.append(("with" if together else "without", name, self._names(vms), self.hosts[host].name))

    def spread(self, name: str, vms: Sequence[int], domain_of: Sequence[int], most: Sequence[int]) -> None:
        of_hosts = {host.name: of for host, of in zip(self.hosts, domain_of, strict=True)}
        self.said.append(("spread", name, self._names(vms), of_hosts, list(most)))

    def _names(self, vms: Sequence[int]) -> list[str]:
        return [self.vms[index].name for index in vms]


def told(rule: Constraint, inventory: Inventory, *free: str) -> list[tuple[object, ...]]:
    """What the rule tells the solver when the VMs ``free`` may move."""
    model = WrittenModel([inventory.vm(ref(vm)) for vm in free], inventory.hosts)
    rule.post(inventory, model)
    return model.said
