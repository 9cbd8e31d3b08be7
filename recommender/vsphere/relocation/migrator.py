"""Sends migrations to the vCenter that a reference names, each exactly once, and looks at what came of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import sleep
from typing import Any, TypeVar

from pyVmomi import vim, vmodl

from recommender.errors import (
    InventoryError,
    InventoryIncomplete,
    InventoryUnavailable,
    MigrationRefused,
    OutcomeUnknown,
)
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, PowerState
from recommender.placement.result import Move
from recommender.planning.kept_settings import KeptSettings
from recommender.planning.move_check import MoveCheck
from recommender.policy import VsanEvacuation
from recommender.ports import TaskRef, TaskStatus, VmPlace, VsanHealth
from recommender.relocation_policy import CheckUse, RelocationPolicy
from recommender.restoration import SettingsThere
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.kept_settings import restore_settings, settings_there
from recommender.vsphere.relocation.call import Relocation, relocation_of
from recommender.vsphere.relocation.compatibility_check import check_relocate
from recommender.vsphere.relocation.relocate_spec import relocate_priority
from recommender.vsphere.relocation.service_locator import service_locator
from recommender.vsphere.session.connection import Channel
from recommender.vsphere.session.session import Service, Session
from recommender.vsphere.task_history import tasks_since
from recommender.vsphere.task_watch import ENTER_MAINTENANCE, EXIT_MAINTENANCE, TASK_PATHS, task_status
from recommender.vsphere.translation.disks import disks_of
from recommender.vsphere.translation.vm import RELOCATE, home_datastore_of
from recommender.vsphere.vsan import vsan_health

T = TypeVar("T")

PLACE_PATHS = (
    "name",
    "config.instanceUuid",
    "config.files.vmPathName",
    "datastore",
    "runtime.host",
    "runtime.powerState",
    "config.hardware.device",
)
HOST_PREFIX, DATASTORE_PREFIX = "host-", "datastore-"
ENTER_DATASTORE_MAINTENANCE = "DatastoreEnterMaintenanceMode"
EXIT_DATASTORE_MAINTENANCE = "DatastoreExitMaintenanceMode_Task"


class VCenterMigrator:
    """The ``Migrator`` of real vCenters; ``now`` is aware UTC. ``policy``: how moves are asked for."""

    def __init__(
        self,
        sessions: Sequence[Session],
        *,
        policy: RelocationPolicy = RelocationPolicy(),  # noqa: B008  # it is frozen
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._sessions = {session.vcenter: session for session in sessions}
        self._policy = policy
        self._now, self._sleep = now, sleep

    def check(self, move: Move) -> MoveCheck:
        """Ask vCenter whether it would relocate so, as the policy says. Raises ``InventoryUnavailable``."""
        try:
            relocation = self._relocation(move)
        except MigrationRefused as refused:
            return MoveCheck(errors=(str(refused),))
        if self._policy.check is CheckUse.OFF:
            return MoveCheck(warnings=relocation.warnings)
        found = self._reading(
            move.vm.vcenter,
            lambda service: check_relocate(
                service,
                vim.VirtualMachine(move.vm.moid),
                relocation.spec,
                patience_s=self._policy.check_s,
                sleep=self._sleep,
            ),
        )
        found = replace(found, warnings=(*relocation.warnings, *found.warnings))
        if found.unavailable is not None and self._policy.check is CheckUse.REQUIRED:
            return replace(found, errors=(f"the policy requires vCenter's own check: {found.unavailable}",))
        return found

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """Send exactly one RelocateVM_Task. Raises ``MigrationRefused`` or ``OutcomeUnknown``."""
        what = f"{RELOCATE} of {move.vm} to {move.destination}"
        try:
            spec = self._relocation(move).spec
        except InventoryError as error:
            raise MigrationRefused(f"{what}: nothing was sent: {error}") from error
        priority = relocate_priority(move, self._policy.priority)
        return self._starting(
            move.vm,
            lambda channel: vim.VirtualMachine(move.vm.moid, channel).Relocate(spec, priority),
            what,
            operation_id,
        )

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        """Send exactly one EnterMaintenanceMode_Task, which ends once host or datastore is empty; as ``relocate``.

        ``takes_all``: with a fully automated DRS vCenter brings VMs that do not run elsewhere, too
        (``evacuatePoweredOffVms`` of the API).
        """
        if host.moid.startswith(DATASTORE_PREFIX):
            return self._starting(
                host,
                lambda channel: vim.Datastore(host.moid, channel).EnterMaintenanceMode().task,
                f"{ENTER_DATASTORE_MAINTENANCE} of {host}",
                operation_id,
            )
        spec = None
        if vsan is not None:
            spec = vim.host.MaintenanceSpec(vsanMode=vim.vsan.host.DecommissionMode(objectAction=vsan.value))
        return self._starting(
            host,
            # No time-out: when to give up is decided by us.
            lambda channel: vim.HostSystem(host.moid, channel).EnterMaintenanceMode(0, takes_all, spec),
            f"{ENTER_MAINTENANCE} of {host}",
            operation_id,
        )

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        """Send exactly one ExitMaintenanceMode_Task, of a host or a datastore; raises as ``relocate``."""
        if host.moid.startswith(DATASTORE_PREFIX):
            return self._starting(
                host,
                lambda channel: vim.Datastore(host.moid, channel).ExitMaintenanceMode(),
                f"{EXIT_DATASTORE_MAINTENANCE} of {host}",
                operation_id,
            )
        return self._starting(
            host,
            lambda channel: vim.HostSystem(host.moid, channel).ExitMaintenanceMode(0),
            f"{EXIT_MAINTENANCE} of {host}",
            operation_id,
        )

    def task(self, task: TaskRef) -> TaskStatus | None:
        """The task now, ``None`` if vCenter has forgotten it. Raises ``InventoryUnavailable``."""

        def look(service: Service) -> TaskStatus | None:
            facts = read_object(service, vim.Task(task.moid), TASK_PATHS)
            return task_status(facts) if facts else None

        return self._reading(task.vcenter, look)

    def recent_tasks(self, entity: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        """Tasks on a VM or host queued since then by our clock, oldest first. Raises ``InventoryUnavailable``."""
        kind: Any = vim.VirtualMachine
        if entity.moid.startswith((HOST_PREFIX, DATASTORE_PREFIX)):
            kind = vim.HostSystem if entity.moid.startswith(HOST_PREFIX) else vim.Datastore
        return self._reading(
            entity.vcenter, lambda service: tasks_since(service, kind(entity.moid), since, self._now())
        )

    def place_of(self, vm: EntityRef) -> VmPlace | None:
        """Where the VM is now, ``None`` if it is gone. Raises ``InventoryUnavailable``."""

        def look(service: Service) -> VmPlace | None:
            facts = read_object(service, vim.VirtualMachine(vm.moid), PLACE_PATHS)
            return _place(facts, _datastore_names(service, facts)) if facts else None

        return self._reading(vm.vcenter, look)

    def found_in(self, vcenter: str, instance_uuid: str) -> VmPlace | None:
        """Where the VM of this identity is in a vCenter, ``None`` if nowhere. Raises ``InventoryUnavailable``."""

        def look(service: Service) -> EntityRef | None:
            if service.search is None:
                raise InventoryUnavailable(f"vCenter {vcenter} cannot be searched")
            found = service.search.FindByUuid(None, instance_uuid, True, True)  # noqa: FBT003  # a VM, by that UUID
            return None if found is None else EntityRef(vcenter, moid_of(found))

        vm = self._reading(vcenter, look)
        return None if vm is None else self.place_of(vm)

    def settings_there(self, kept: KeptSettings, destination: EntityRef) -> SettingsThere:
        """What of it the cluster of ``destination`` has. Raises ``InventoryError``."""
        return settings_there(self._session(destination.vcenter), kept, destination)

    def restore_settings(self, kept: KeptSettings, destination: EntityRef, operation_id: str) -> SettingsThere:
        """Make what lacks by one call; what came of it is told. Raises ``InventoryError``."""
        return restore_settings(self._session(destination.vcenter), kept, destination, operation_id, self._sleep)

    def vsan_health(self, hosts: Sequence[EntityRef]) -> VsanHealth:
        """How the vSAN of these hosts, all of one cluster, is. Raises ``InventoryUnavailable``."""
        if not hosts:
            return VsanHealth()
        return self._reading(hosts[0].vcenter, lambda service: vsan_health(service, hosts))

    def cancel(self, task: TaskRef) -> None:
        """Ask vCenter to cancel a task, which may have ended already. Raises as ``relocate``."""

        def ask(channel: Channel) -> None:
            try:
                vim.Task(task.moid, channel).Cancel()
            except (vim.fault.InvalidState, vmodl.fault.ManagedObjectNotFound):
                return  # it has ended

        self._session(task.vcenter).sending(ask, what=f"cancelling {task}", operation_id=f"cancel-{task.moid}")

    def _starting(
        self, entity: EntityRef, call: Callable[[Channel], vim.Task | None], what: str, operation_id: str
    ) -> TaskRef:
        try:
            session = self._session(entity.vcenter)
        except InventoryError as error:
            raise MigrationRefused(f"{what}: nothing was sent: {error}") from error
        task: vim.Task | None = session.sending(call, what=what, operation_id=operation_id)
        if task is None:
            raise OutcomeUnknown(f"{what}: vCenter answered without naming a task")
        return TaskRef(entity.vcenter, moid_of(task))

    def _relocation(self, move: Move) -> Relocation:
        """Of fresh facts. Raises ``MigrationRefused`` or ``InventoryError``."""
        there, copied = move.destination.vcenter, self._policy.disk_move_type
        if there == move.vm.vcenter:
            return self._reading(there, lambda service: relocation_of(service, service, move, None, copied))
        self._session(move.vm.vcenter)  # known at all?
        destination = self._session(there)
        locator = self._reading(there, lambda service: service_locator(destination, service))
        return self._reading(
            move.vm.vcenter,
            lambda here: self._reading(there, lambda service: relocation_of(here, service, move, locator, copied)),
        )

    def _reading(self, vcenter: str, operation: Callable[[Service], T]) -> T:
        try:
            return self._session(vcenter).reading(operation)
        except InventoryIncomplete as error:
            raise InventoryUnavailable(str(error)) from error

    def _session(self, vcenter: str) -> Session:
        session = self._sessions.get(vcenter)
        if session is None:
            known = ", ".join(sorted(self._sessions)) or "none"
            raise InventoryUnavailable(f"no vCenter is called {vcenter!r} (known: {known})")
        return session


def _datastore_names(service: Service, vm: Facts) -> dict[EntityRef, str]:
    """Of the datastores that a VM touches; not asked for where there is but one."""
    refs = vm.refs_at("datastore")
    found = [read_object(service, vim.Datastore(ref.moid), ("name",)) for ref in refs if len(refs) > 1]
    return {facts.ref: facts.name for facts in found if facts is not None}


def _place(facts: Facts, datastore_names: Mapping[EntityRef, str]) -> VmPlace:
    host = facts.ref_at("runtime.host")
    if host is None:
        raise facts.incomplete("runtime.host")
    home = home_datastore_of(facts, datastore_names)
    return VmPlace(
        vm=facts.ref,
        instance_uuid=str(facts.need("config.instanceUuid")),
        host=host,
        power_state=facts.choice("runtime.powerState", PowerState),
        disk_datastores=(*(((HOME, home),) if home else ()), *((disk.key, disk.datastore) for disk in disks_of(facts))),
    )
