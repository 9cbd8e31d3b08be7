"""The simulated data centre behind the product's ports, as honest and as unreliable as a real one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from recommender.errors import InventoryUnavailable, MigrationRefused, OutcomeUnknown
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.placement.result import Move
from recommender.planning.kept_settings import KeptSettings
from recommender.planning.move_check import MoveCheck
from recommender.policy import ConcurrencyLimits, VsanEvacuation
from recommender.ports import TaskRef, TaskStatus, VmPlace, VsanHealth
from recommender.restoration import SettingsThere
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.estate.part import part_of
from recommender.simulation.failures import CallFault, Failure, FaultyCall, Outage, schedule_failure
from recommender.simulation.vcenter.migration_run import MigrationTruth
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.simulated_vcenter import Refused, SimulatedVCenter

DEFAULT_LIMITS = ConcurrencyLimits()
TASKS_ARE_KEPT = timedelta(minutes=10)
HANGS_S = 2_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocateCall:
    """A relocate call as vCenter received it; ``task`` is ``None`` if it was not taken."""

    at: datetime
    move: Move
    operation_id: str
    task: TaskRef | None


class SimulatedDataCenter:
    """``InventorySource`` and ``Migrator`` in memory; time passes in it as far as ``clock`` has come.

    The same inventory, seed, failures and calls at the same times give the same answers. ``relocate_calls`` are
    all that were received and ``truths`` what really happened, for those who check the product from outside.
    """

    def __init__(
        self,
        inventory: Inventory,
        clock: SimulatedClock,
        seed: int = 0,
        *,
        failures: Sequence[Failure] = (),
        limits: ConcurrencyLimits = DEFAULT_LIMITS,
    ) -> None:
        self.relocate_calls: list[RelocateCall] = []
        self._clock = clock
        self._began_s = clock.monotonic()
        start = replace(inventory, in_flight=())  # nobody could ever end what began before this world
        self._vcenters = frozenset(host.ref.vcenter for host in inventory.hosts)
        self._vcenter = SimulatedVCenter(start, clock.now(), seed, limits)
        self._faulty_calls = {failure.call: failure.fault for failure in failures if isinstance(failure, FaultyCall)}
        self._outages = tuple(failure for failure in failures if isinstance(failure, Outage))
        for failure in failures:
            if not isinstance(failure, FaultyCall | Outage):
                schedule_failure(self._vcenter, failure)

    @property
    def truths(self) -> tuple[MigrationTruth, ...]:
        """What really happened in every migration that has arrived, in order of arrival."""
        self._catch_up()
        return tuple(self._vcenter.truths)

    def observe(self, observer: Callable[[Inventory], None]) -> None:
        """Have ``observer`` called with the picture after every change of it."""
        self._vcenter.observers.append(observer)

    def read(self, vcenters: Collection[str] | None = None) -> Inventory:
        """What is in these vCenters, or in all, at the clock's now. Raises ``InventoryUnavailable`` in an outage."""
        seen = self._vcenters if vcenters is None else frozenset(vcenters)
        self._look(*seen)
        inventory = self._vcenter.seen()
        return inventory if seen == self._vcenters else part_of(inventory, seen)

    def check(self, move: Move) -> MoveCheck:
        """What it would say to the call. Raises ``InventoryUnavailable`` in an outage."""
        self._look(move.source.vcenter)
        reason = self._vcenter.refusal_of(_spec(move))
        return MoveCheck(errors=() if reason is None else (reason,))

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """Take one migration. Raises ``MigrationRefused`` or ``OutcomeUnknown``."""
        self._catch_up()
        fault = self._faulty_calls.get(len(self.relocate_calls) + 1)
        if self._is_silent(move.source.vcenter) or fault is CallFault.LOST_REQUEST:
            self._received(move, operation_id, None)
            raise OutcomeUnknown("the connection was lost before vCenter answered")
        try:
            if fault is CallFault.REFUSED:
                raise Refused("The operation is not supported on the object.")
            if self._is_silent(move.destination.vcenter):
                raise Refused("The target vCenter Server could not be reached.")
            task = self._vcenter.migrate(
                _spec(move),
                operation_id,
                breaks_off_at=0.5 if fault is CallFault.BREAKS_OFF else None,
                hangs_s=HANGS_S if fault is CallFault.HANGS else None,
            )
        except Refused as refused:
            self._received(move, operation_id, None)
            raise MigrationRefused(str(refused)) from refused
        self._received(move, operation_id, task)
        if fault is CallFault.LOST_ANSWER:
            raise OutcomeUnknown("the connection was lost before vCenter answered")
        return task

    def enter_maintenance(
        self,
        host: EntityRef,
        operation_id: str,
        vsan: VsanEvacuation | None = None,  # noqa: ARG002  # its vSAN needs no time
        *,
        takes_all: bool = False,
    ) -> TaskRef:
        """Begin to enter maintenance mode. Raises ``MigrationRefused`` or ``OutcomeUnknown``."""
        self._catch_up()
        if self._is_silent(host.vcenter):
            raise OutcomeUnknown("the connection was lost before vCenter answered")
        try:
            return self._vcenter.enter_maintenance(host, operation_id, takes_all=takes_all)
        except Refused as refused:
            raise MigrationRefused(str(refused)) from refused

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        """Leave maintenance mode. Raises ``MigrationRefused`` or ``OutcomeUnknown``."""
        self._catch_up()
        if self._is_silent(host.vcenter):
            raise OutcomeUnknown("the connection was lost before vCenter answered")
        try:
            return self._vcenter.exit_maintenance(host, operation_id)
        except Refused as refused:
            raise MigrationRefused(str(refused)) from refused

    def task(self, task: TaskRef) -> TaskStatus | None:
        """The task now, ``None`` if it ended over ten minutes ago. Raises ``InventoryUnavailable`` in an outage.

        After a restart of vCenter it is ``None`` for every task from before.
        """
        self._look(task.vcenter)
        status = self._vcenter.tasks.status(task)
        is_forgotten = status and status.ended_at and self._vcenter.moment - status.ended_at > TASKS_ARE_KEPT
        return None if is_forgotten or self._is_lost(status) else status

    def recent_tasks(self, entity: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        """Tasks on an entity queued since then, oldest first. Raises ``InventoryUnavailable`` in an outage."""
        self._look(entity.vcenter)
        return self._vcenter.tasks.of(entity, since)

    def place_of(self, vm: EntityRef) -> VmPlace | None:
        """Where the VM is now, ``None`` if it is gone. Raises ``InventoryUnavailable`` in an outage."""
        self._look(vm.vcenter)
        found = self._vcenter.picture.find_vm(vm)
        if found is None:
            return None
        return VmPlace(
            vm=vm,
            instance_uuid=found.instance_uuid,
            host=found.host,
            power_state=found.power_state,
            disk_datastores=(
                *(((HOME, found.home_datastore),) if found.home_datastore else ()),
                *((disk.key, disk.datastore) for disk in found.disks),
            ),
        )

    def found_in(self, vcenter: str, instance_uuid: str) -> VmPlace | None:
        """Where the VM is, as ``place_of``. Raises ``InventoryUnavailable`` in an outage."""
        self._look(vcenter)
        vms = self._vcenter.picture.virtual_machines
        found = (vm for vm in vms if vm.instance_uuid == instance_uuid and vm.ref.vcenter == vcenter)
        vm = next(found, None)
        return None if vm is None else self.place_of(vm.ref)

    def settings_there(self, kept: KeptSettings, destination: EntityRef) -> SettingsThere:
        """Its rules are not its clusters': a VM that leaves one keeps them. Raises ``InventoryUnavailable``."""
        self._look(destination.vcenter)
        return SettingsThere(told=tuple(f"the rule {rule.name!r} is in the cluster" for rule in kept.rules))

    def restore_settings(self, kept: KeptSettings, destination: EntityRef, operation_id: str) -> SettingsThere:
        """As ``settings_there``: nothing lacks."""
        del operation_id
        return self.settings_there(kept, destination)

    def vsan_health(self, hosts: Sequence[EntityRef]) -> VsanHealth:
        """Always well. Raises ``InventoryUnavailable`` in an outage."""
        self._look(*(host.vcenter for host in hosts))
        return VsanHealth()

    def cancel(self, task: TaskRef) -> None:
        """Cancel a task; a migration whose guest already stands still succeeds all the same."""
        self._look(task.vcenter)
        self._vcenter.cancel(task)

    def _catch_up(self) -> None:
        self._vcenter.run_until(self._clock.monotonic() - self._began_s)

    def _is_silent(self, vcenter: str) -> bool:
        return any(outage.is_of(vcenter) and outage.covers(self._vcenter.now_s) for outage in self._outages)

    def _is_lost(self, status: TaskStatus | None) -> bool:
        if status is None or status.queued_at is None:
            return False
        queued_s = (status.queued_at - self._vcenter.began_at).total_seconds()
        restarts = [one for one in self._outages if one.is_restart and one.is_of(status.task.vcenter)]
        return any(queued_s < outage.at_s <= self._vcenter.now_s for outage in restarts)

    def _look(self, *vcenters: str) -> None:
        self._catch_up()
        if any(self._is_silent(vcenter) for vcenter in vcenters):
            raise InventoryUnavailable("vCenter does not answer")

    def _received(self, move: Move, operation_id: str, task: TaskRef | None) -> None:
        self.relocate_calls.append(RelocateCall(at=self._clock.now(), move=move, operation_id=operation_id, task=task))


def _spec(move: Move) -> RelocateSpec:
    return RelocateSpec(
        vm=move.vm,
        destination=move.destination,
        disk_targets={disk.disk_key: disk.destination for disk in move.disk_moves},
    )
