"""The two worlds behind the ports, as one thing to test: a vCenter over SOAP and the data centre in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import host_named, vm_named
from recommender.inventory.reference import EntityRef
from recommender.placement.result import DiskMove, Move
from recommender.ports import Clock, InventorySource, Migrator, TaskRef, TaskStatus
from recommender.service.system_clock import SystemClock
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.estate import Estate
from tests.contract.in_memory import inventory_of
from tests.contract.running_simulator import RunningSimulator
from tests.unit.vsphere.moves import make_move

LOOKS = 2000


@dataclass(frozen=True, kw_only=True)
class World:
    """``pause_s``: between two looks at a task, in the time of ``clock``."""

    source: InventorySource
    migrator: Migrator
    clock: Clock
    pause_s: float

    @cached_property
    def at_first(self) -> Inventory:
        """The inventory when the test first asked for a name."""
        return self.source.read()

    def vm(self, name: str) -> EntityRef:
        return vm_named(self.at_first, name).ref

    def host(self, name: str) -> EntityRef:
        return host_named(self.at_first, name).ref

    def move(self, vm: str, to: str, *, disks_to: str | None = None) -> Move:
        """A move of ``vm``, of all its disks too if ``disks_to`` names a datastore."""
        inventory = self.at_first
        moved = vm_named(inventory, vm)
        return make_move(
            vm=moved.ref,
            destination=host_named(inventory, to).ref,
            disk_moves=tuple(
                DiskMove(disk_key=disk.key, source=disk.datastore, destination=_datastore(inventory, disks_to))
                for disk in moved.disks
                if disks_to
            ),
        )

    def status(self, task: TaskRef) -> TaskStatus:
        status = self.migrator.task(task)
        assert status is not None, f"{task} is forgotten"
        return status

    def watched(self, task: TaskRef, until: Callable[[TaskStatus], bool]) -> TaskStatus:
        """The first look at a task of which ``until`` is true."""
        for _ in range(LOOKS):
            status = self.status(task)
            if until(status):
                return status
            self.clock.sleep(self.pause_s)
        raise AssertionError(f"{task} stays {self.status(task)}")

    def ended(self, task: TaskRef) -> TaskStatus:
        return self.watched(task, lambda status: status.has_ended)


@contextmanager
def over_soap(simulator: RunningSimulator) -> Iterator[World]:
    with open_vcenters([simulator.address()], site_of=one_site) as (source, migrator):
        yield World(source=source, migrator=migrator, clock=SystemClock(), pause_s=0.01)


@contextmanager
def in_memory(estate: Estate) -> Iterator[World]:
    clock = SimulatedClock()
    datacenter = SimulatedDataCenter(inventory_of(estate, clock.now()), clock)
    yield World(source=datacenter, migrator=datacenter, clock=clock, pause_s=1.0)


def one_site(*, host: str, cluster: str | None, datacenter: str) -> str:
    del host, cluster, datacenter
    return "default"


def _datastore(inventory: Inventory, name: str) -> EntityRef:
    return next(store.ref for store in inventory.datastores if store.name == name)
