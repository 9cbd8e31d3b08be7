"""Gives a VM in the cluster that it has come to what its old one said of it: looked at, sent once, looked at again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyVmomi import vim

from recommender.errors import ActuationError
from recommender.inventory.reference import EntityRef
from recommender.planning.kept_settings import KeptSettings, KeptVm
from recommender.ports import TaskState
from recommender.restoration import SettingsThere
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import moid_of
from recommender.vsphere.faults import message_of
from recommender.vsphere.kept_changes import Present, Wanted, spec_of, told_of, wanted_of
from recommender.vsphere.session.session import Service, Session

RECONFIGURE: Final = "ReconfigureComputeResource_Task"
POLL_S: Final = 0.2
LOOKS: Final = 150
LOOKS_AFTER_DOUBT: Final = 20  # a call whose answer was lost may still be on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """``cluster`` is ``None``, and nothing wanted, where the VM is not in that of its destination."""

    cluster: Any | None = None
    wanted: tuple[Wanted, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(one.what for one in self.wanted if one.change and one.obstacle is None)


def settings_there(session: Session, kept: KeptSettings, destination: EntityRef) -> SettingsThere:
    """What stands. Raises ``InventoryError``."""
    seen = session.reading(lambda service: _look(service, kept, destination))
    return _there(seen, seen, None)


def restore_settings(
    session: Session,
    kept: KeptSettings,
    destination: EntityRef,
    operation_id: str,
    sleep: Callable[[float], None],
) -> SettingsThere:
    """Make what lacks by one call. Raises ``InventoryError``."""
    before = now = session.reading(lambda service: _look(service, kept, destination))
    error = None
    if before.lacking:
        error = _changed(session, before.cluster, spec_of(before.wanted), operation_id, sleep)
        for _ in range(LOOKS_AFTER_DOUBT if error else 1):
            now = session.reading(lambda service: _look(service, kept, destination))
            if not now.lacking:
                break
            sleep(POLL_S)
    return _there(now, before, error)


def _there(now: _Seen, before: _Seen, error: str | None) -> SettingsThere:
    if now.cluster is None:
        return SettingsThere(told=("the VM is not in the cluster that it was sent to",), is_elsewhere=True)
    compared = before.wanted if len(before.wanted) == len(now.wanted) else now.wanted
    return SettingsThere(told=tuple(told_of(now.wanted, compared, error)), lacking=now.lacking)


def _look(service: Service, kept: KeptSettings, destination: EntityRef) -> _Seen:
    host = read_object(service, vim.HostSystem(destination.moid), ("parent",))
    cluster = host.get("parent") if host else None
    if not isinstance(cluster, vim.ClusterComputeResource):
        return _Seen()
    asked = sorted({kept.vm, *(vm for rule in kept.rules for vm in rule.vms)})
    places = {vm: _place(service, vm) for vm in asked}
    there: Mapping[KeptVm, str] = {
        vm: place.vm for vm, place in places.items() if place is not None and place.cluster == cluster
    }
    own = places[kept.vm]
    configuration = read_object(service, cluster, ("configurationEx",))
    if own is None or kept.vm not in there or configuration is None:
        return _Seen()
    present = Present(vms=there, host=own.host)
    return _Seen(cluster=cluster, wanted=wanted_of(kept, present, configuration.need("configurationEx")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    vm: str
    host: str
    cluster: Any


def _place(service: Service, vm: KeptVm) -> _Place | None:
    """Where the VM is in this vCenter now; in another one than it came from it has a new address."""
    found: Any = vim.VirtualMachine(vm.ref.moid)
    if vm.ref.vcenter != service.vcenter:
        if service.search is None:
            return None
        found = service.search.FindByUuid(None, vm.instance_uuid, True, True)  # noqa: FBT003  # a VM, by that UUID
        if found is None:
            return None
        found = vim.VirtualMachine(moid_of(found))
    facts = read_object(service, found, ("runtime.host",))
    host = facts.ref_at("runtime.host") if facts else None
    if host is None:
        return None
    above = read_object(service, vim.HostSystem(host.moid), ("parent",))
    return _Place(vm=moid_of(found), host=host.moid, cluster=above.get("parent") if above else None)


def _changed(
    session: Session, cluster: Any, spec: Any, operation_id: str, sleep: Callable[[float], None]
) -> str | None:
    """Send the one call and wait for its end; why it failed, ``None`` where that is not known to have happened."""

    def call(channel: Any) -> Any:
        return vim.ClusterComputeResource(moid_of(cluster), channel).ReconfigureEx(spec, True)  # noqa: FBT003  # modify

    try:
        task = session.sending(call, what=RECONFIGURE, operation_id=operation_id)
    except ActuationError as error:
        return str(error)
    for _ in range(LOOKS):
        facts = session.reading(
            lambda service: read_object(service, vim.Task(moid_of(task)), ("info.state", "info.error"))
        )
        if facts is None or facts.get("info.state") == TaskState.SUCCESS:
            return None
        if facts.get("info.state") == TaskState.ERROR:
            return message_of(facts.need("info.error"))
        sleep(POLL_S)
    return "its task has not ended"
