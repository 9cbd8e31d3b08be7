"""What is asked of vCenter only where something that was read makes it matter: most of it is large, or rarely there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vim

from recommender.inventory.licence import Licence
from recommender.inventory.reference import EntityRef
from recommender.vsphere.collector import read_object, read_objects
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.key_providers import key_providers_of
from recommender.vsphere.licences import licences_by_host
from recommender.vsphere.properties import PASSTHROUGH, RAW_LUNS
from recommender.vsphere.session.session import Service
from recommender.vsphere.translation.devices import has_passthrough, raw_luns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """``luns`` and ``passthrough`` by host, where they were asked for; names of alarms by id, of attributes by key.

    ``licences`` by the host's id; ``key_providers`` of its vCenter.
    """

    luns: Mapping[EntityRef, Iterable[Any] | None] = field(default_factory=dict)
    passthrough: Mapping[EntityRef, Iterable[Any] | None] = field(default_factory=dict)
    alarm_names: Mapping[str, str] = field(default_factory=dict)
    attribute_names: Mapping[int, str] = field(default_factory=dict)
    licences: Mapping[str, Licence] = field(default_factory=dict)
    key_providers: tuple[str, ...] | None = None

    def of_host(self, facts: Facts) -> tuple[Any, ...]:
        """All of it that goes into this host."""
        names = self.alarm_names if facts.get("triggeredAlarmState") else None
        ref = facts.ref
        asked_for = (self.luns.get(ref), self.passthrough.get(ref), self.licences.get(facts.moid))
        return (*asked_for, names, self.key_providers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What hardly ever changes: asked for with each full reading alone. As in ``Extras``."""

    licences: Mapping[str, Licence]
    key_providers: tuple[str, ...] | None


def read_lasting(service: Service) -> Lasting:
    """It, as it is now."""
    return Lasting(licences=licences_by_host(service), key_providers=key_providers_of(service))


class VmNeeds:
    """Which VMs have what makes something else matter: LUNs, devices of their hosts', custom attributes."""

    def __init__(self) -> None:
        self.luns: set[str] = set()
        self.passthrough: set[str] = set()
        self.attributes: set[str] = set()

    def take_in(self, changed: Mapping[str, Facts | None]) -> "VmNeeds":
        """These needs after VMs have changed (``None``: are gone)."""
        for moid, facts in changed.items():
            for needing, needs in (
                (self.luns, raw_luns_of),
                (self.passthrough, has_passthrough),
                (self.attributes, _has_attributes),
            ):
                if facts is not None and needs(facts):
                    needing.add(moid)
                else:
                    needing.discard(moid)
        return self


def read_extras(
    service: Service,
    facts: Mapping[type[vim.ManagedEntity], Sequence[Facts]],
    lasting: Lasting | None = None,
    needs: VmNeeds | None = None,
) -> Extras:
    """What of it matters to these facts.

    ``lasting``: if it is known already, and need not be asked for. ``needs``: the same of what its VMs need.
    """
    vms, hosts = facts[vim.VirtualMachine], facts[vim.HostSystem]
    lasting = read_lasting(service) if lasting is None else lasting
    if needs is None:
        needs = VmNeeds().take_in({facts.moid: facts for facts in vms})
    return Extras(
        luns=_of_hosts(service, RAW_LUNS) if needs.luns else {},
        passthrough=_of_hosts(service, PASSTHROUGH) if needs.passthrough else {},
        alarm_names=_alarm_names(service, hosts),
        attribute_names=_attribute_names(service) if needs.attributes else {},
        licences=lasting.licences,
        key_providers=lasting.key_providers,
    )


def _of_hosts(service: Service, path: str) -> dict[EntityRef, Any]:
    return {host.ref: host.get(path) for host in read_objects(service, {vim.HostSystem: (path,)})[vim.HostSystem]}


def _alarm_names(service: Service, hosts: Iterable[Facts]) -> dict[str, str]:
    ids = {moid_of(state.alarm) for host in hosts for state in host.get("triggeredAlarmState") or ()}
    found = [read_object(service, vim.alarm.Alarm(moid), ("info.name",)) for moid in sorted(ids)]
    return {facts.moid: str(facts.get("info.name")) for facts in found if facts and facts.get("info.name")}


def _attribute_names(service: Service) -> dict[int, str]:
    manager = service.custom_fields
    facts = read_object(service, manager, ("field",)) if manager is not None else None
    return {field.key: field.name for field in (facts.get("field") if facts else None) or ()}


def _has_attributes(vm: Facts) -> bool:
    return bool(vm.get("customValue"))
