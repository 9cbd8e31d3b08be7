"""The simulated vCenter, or several, and its estate: what happens in it as time passes, event after event."""

import heapq
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VirtualMachine, VmKind
from recommender.policy import ConcurrencyLimits
from recommender.ports import TaskRef
from recommender.simulation.vcenter.admission import refusal, state_refusal
from recommender.simulation.vcenter.drs import next_evacuation
from recommender.simulation.vcenter.journey import journey_of
from recommender.simulation.vcenter.links import TrueLinks
from recommender.simulation.vcenter.migration_run import MigrationRun, MigrationTruth
from recommender.simulation.vcenter.migrations import Migrations
from recommender.simulation.vcenter.picture import arrived, departed, under_way, with_host, with_vm, without_vm
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.stages import BrokenOff, hung
from recommender.simulation.vcenter.tasks import TaskList
from recommender.simulation.vcenter.units import VCenterUnits
from recommender.simulation.workload import Workload

RELOCATE: Final = "VirtualMachine.relocate"
ENTER_MAINTENANCE: Final = "HostSystem.enterMaintenanceMode"
EXIT_MAINTENANCE: Final = "HostSystem.exitMaintenanceMode"
MIGRATE_BY_DRS: Final = "Drm.ExecuteVMotionLRO"  # how vCenter's task list calls a migration that DRS made
CANCELLED: Final = "The task was canceled by a user."


class Refused(Exception):
    """vCenter does not take the call; nothing has happened."""


class SimulatedVCenter:
    """Keeps one picture of the estate and changes it at moments of its own.

    ``now_s`` counts from ``began_at``. Whoever looks first calls ``run_until``. Observers are given the picture
    after every change of it.
    """

    def __init__(self, inventory: Inventory, began_at: datetime, seed: int, limits: ConcurrencyLimits) -> None:
        self.picture = inventory
        self.now_s = 0.0
        self.tasks = TaskList()
        self.truths: list[MigrationTruth] = []
        self.observers: list[Callable[[Inventory], None]] = []
        self._seed = seed
        self.began_at = began_at
        self._workload = Workload(inventory, began_at, seed)
        self._units = VCenterUnits(limits, inventory)
        self._migrations = Migrations(self._units, TrueLinks(inventory, seed))
        self._entering: dict[EntityRef, TaskRef] = {}
        self._held: set[EntityRef] = set()
        self._taking_all: set[EntityRef] = set()
        self._scheduled: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    @property
    def moment(self) -> datetime:
        """The time in it, aware UTC."""
        return self.began_at + timedelta(seconds=self.now_s)

    def seen(self) -> Inventory:
        """The picture with the load of this moment."""
        return self._workload.measured(self.picture, self.moment)

    def schedule(self, at_s: float, action: Callable[[], None]) -> None:
        """Let something happen by itself, later."""
        heapq.heappush(self._scheduled, (at_s, next(self._order), action))

    def run_until(self, until_s: float) -> None:
        """Let everything happen that is due by then, in order of time."""
        while (event_s := self._next_event_s()) <= until_s:
            self._pass_time(event_s)
            while self._scheduled and self._scheduled[0][0] <= self.now_s:
                heapq.heappop(self._scheduled)[2]()
            self._settle()
        self._pass_time(until_s)

    def migrate(
        self,
        spec: RelocateSpec,
        operation_id: str | None,
        *,
        breaks_off_at: float | None = None,
        hangs_s: float | None = None,
    ) -> TaskRef:
        """Take a migration; it holds room at both ends from now on. Raises ``Refused``.

        ``breaks_off_at``: share of its first transfer after which it fails, ``hangs_s``: time without progress after
        which it fails; ``None`` for never.
        """
        reason = self.refusal_of(spec)
        if reason is not None:
            raise Refused(reason)
        task = self._begin(spec, RELOCATE, operation_id, breaks_off_at, hangs_s)
        self._settle()
        return task

    def _begin(
        self,
        spec: RelocateSpec,
        operation: str,
        operation_id: str | None = None,
        breaks_off_at: float | None = None,
        hangs_s: float | None = None,
    ) -> TaskRef:
        vm = self.seen().vm(spec.vm)
        task = self.tasks.add(vm.ref, operation, operation_id, self.moment)
        journey = journey_of(self.picture, vm, spec, self._seed)
        self._migrations.add(
            MigrationRun(
                task=task,
                vm=vm,
                spec=spec,
                units=self._units.needed(vm, spec),
                stages=journey.stages(task.moid, self._seed, breaks_off_at) if hangs_s is None else hung(hangs_s),
                expected_mib=journey.expected_mib,
            )
        )
        self._change(under_way(self.picture, vm, spec))
        return task

    def refusal_of(self, spec: RelocateSpec) -> str | None:
        """Why it would not take such a migration now, ``None`` if it would."""
        return self._entering_refusal(spec.destination) or refusal(self.picture, spec)

    def enter_maintenance(self, host: EntityRef, operation_id: str | None, *, takes_all: bool = False) -> TaskRef:
        """Start to wait until no ordinary VM runs on a host, from which a fully automated DRS moves them away.

        ``takes_all``: those that do not run have to leave, too. Raises ``Refused``.
        """
        if self.picture.find_host(host) is None:
            raise Refused(f"The host {host} does not exist.")
        reason = self._entering_refusal(host) or state_refusal(self.picture, host, host)
        if reason is not None:
            raise Refused(reason)
        task = self.tasks.add(host, ENTER_MAINTENANCE, operation_id, self.moment)
        self.tasks.start(task, self.moment)
        self._entering[host] = task
        if takes_all:
            self._taking_all.add(host)
        self._settle()
        return task

    def hold_outside_maintenance(self, host: EntityRef, *, is_held: bool) -> None:
        """Whether the host, empty or not, stays on its way into maintenance mode for now."""
        (self._held.add if is_held else self._held.discard)(host)
        self._settle()

    def exit_maintenance(self, host: EntityRef, operation_id: str | None) -> TaskRef:
        """Leave maintenance mode, which is done at once. Raises ``Refused``."""
        found = self.picture.find_host(host)
        if found is None:
            raise Refused(f"The host {host} does not exist.")
        if not found.in_maintenance:
            raise Refused(f"The operation is not allowed: host {found.name} is not in maintenance mode.")
        task = self.tasks.add(host, EXIT_MAINTENANCE, operation_id, self.moment)
        self.tasks.start(task, self.moment)
        self.tasks.succeed(task, self.moment)
        self._change(with_host(self.picture, replace(found, in_maintenance=False)))
        return task

    def cancel(self, task: TaskRef) -> None:
        """Stop a task; nothing happens if it has ended or its guest already stands still."""
        run = self._migrations.of_task(task)
        if run is not None and not run.is_past_return:
            self._end_badly(run, CANCELLED)
        for host in [host for host, entering in self._entering.items() if entering == task]:
            del self._entering[host]
            self._taking_all.discard(host)
            self.tasks.fail(task, self.moment, CANCELLED)
        self._settle()

    def remove_vm(self, vm: EntityRef) -> None:
        """Somebody removes a VM from the inventory."""
        for run in self._migrations.touching(vm):
            self._end_badly(run, "The object has already been deleted or has not been completely created.")
        self._change(without_vm(self.picture, vm))

    def add_vm(self, vm: VirtualMachine) -> None:
        """Somebody makes a VM, whose load stays as it is."""
        self._change(with_vm(self.picture, vm))

    def jump_load(self, vm: EntityRef, factor: float) -> None:
        """From now on a VM asks for ``factor`` times the CPU; nothing happens where it is gone."""
        found = self.picture.find_vm(vm)
        if found is not None:
            self._workload.jump(found.instance_uuid, factor)

    def set_connection(self, ref: EntityRef, state: ConnectionState) -> None:
        """A host is lost or comes back; what migrates from it or to it fails when it is lost."""
        host = self.picture.host(ref)
        self._change(with_host(self.picture, replace(host, connection_state=state)))
        if state is not ConnectionState.CONNECTED:
            for run in self._migrations.touching(ref):
                self._end_badly(run, f"A general system error occurred: host {host.name} does not answer.")

    def _next_event_s(self) -> float:
        scheduled = self._scheduled[0][0] if self._scheduled else float("inf")
        return min(max(scheduled, self.now_s), self.now_s + self._migrations.seconds_to_next_end())

    def _pass_time(self, until_s: float) -> None:
        self._migrations.pass_time(max(0.0, until_s - self.now_s))
        self.now_s = max(self.now_s, until_s)
        for run in self._migrations.running():
            self.tasks.progress(run.task, run.progress_percent)

    def _settle(self) -> None:
        """Do everything that the last event made possible, until nothing more is."""
        while due := self._migrations.due():
            for run in due:
                self._go_on(run)
        for host in self._entering:
            self._let_drs_evacuate(self.picture.host(host))
        for run in self._migrations.granted():
            self._start(run)
        for host in [host for host in self._entering if host not in self._held]:
            self._enter_if_empty(self.picture.host(host))

    def _let_drs_evacuate(self, host: Host) -> None:
        takes_all = host.ref in self._taking_all
        while spec := next_evacuation(self.picture, host, self._entering, takes_all=takes_all):
            self._begin(spec, MIGRATE_BY_DRS)

    def _start(self, run: MigrationRun) -> None:
        self.tasks.start(run.task, self.moment)
        run.start()
        reason = state_refusal(self.picture, run.vm.host, run.spec.destination)
        if reason is not None:
            self._end_badly(run, reason)

    def _go_on(self, run: MigrationRun) -> None:
        try:
            if run.next_stage():
                return
        except BrokenOff:
            self._end_badly(run, "A general system error occurred: the migration was broken off.")
            return
        self._migrations.end(run)
        self.tasks.succeed(run.task, self.moment)
        self.truths.append(run.truth())
        self._change(arrived(self.picture, run.vm, run.spec, run.task))

    def _end_badly(self, run: MigrationRun, error: str) -> None:
        self._migrations.end(run)
        self.tasks.fail(run.task, self.moment, error)
        self._change(departed(self.picture, run.vm, run.spec))

    def _entering_refusal(self, host: EntityRef) -> str | None:
        if host not in self._entering:
            return None
        return f"The operation is not allowed: host {self.picture.host(host).name} is entering maintenance mode."

    def _enter_if_empty(self, host: Host) -> None:
        there = self.picture.vms_charged_to(host.ref)
        running = [vm for vm in there if vm.is_powered_on]
        has_to_leave = there if host.ref in self._taking_all else running
        if any(vm.kind in (VmKind.ORDINARY, VmKind.TEMPLATE) for vm in has_to_leave):
            return
        self._taking_all.discard(host.ref)
        self.tasks.succeed(self._entering.pop(host.ref), self.moment)
        picture = with_host(self.picture, replace(host, in_maintenance=True))
        # vCenter and the agents' owners stop what is theirs
        stopped = {vm.ref: replace(vm, power_state=PowerState.POWERED_OFF) for vm in running}
        vms = tuple(stopped.get(vm.ref, vm) for vm in picture.virtual_machines)
        self._change(replace(picture, virtual_machines=vms))

    def _change(self, picture: Inventory) -> None:
        self.picture = picture
        for observer in self.observers:
            observer(picture)
