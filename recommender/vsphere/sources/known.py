"""What came of each object at the last reading, so that what has not changed since is not translated anew."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.vsphere.facts import Facts
from recommender.vsphere.translation.host import HOST_LOAD_PATHS, host_load_of
from recommender.vsphere.translation.vm import LOAD_PATHS, VmSurroundings, load_of

Translate = Callable[[Facts, VmSurroundings], VirtualMachine]


@dataclass(slots=True)
class Known:
    """What was made of one vCenter; an inventory holds copies of it.

    ``here``: the VMs by address. ``vms`` and ``hosts``: by id, what vCenter told of each, what was told of it
    elsewhere, and what came of both; among ``vms`` are those that were left out because their host was.
    """

    here: dict[EntityRef, VirtualMachine] = field(default_factory=dict)
    vms: dict[str, tuple[Facts, VmSurroundings, VirtualMachine]] = field(default_factory=dict)
    hosts: dict[str, tuple[Facts, tuple[Any, ...], Host]] = field(default_factory=dict)
    around: Mapping[str, VmSurroundings] = field(default_factory=dict)
    _asked_with: tuple[Any, ...] | None = None

    def begin(
        self,
        datastore_names: Mapping[EntityRef, str],
        attribute_names: Mapping[int, str],
        hosts_here: AbstractSet[str],
        hosts: AbstractSet[str],
    ) -> bool:
        """Whether something is told otherwise than before that any VM may depend on: then all are asked about."""
        before, self._asked_with = self._asked_with, (datastore_names, attribute_names, hosts_here, hosts)
        if before == self._asked_with:
            return False
        if before is None or before[:2] != self._asked_with[:2]:
            self.vms.clear()  # they were translated with other names
        self.here.clear()
        return True

    def of_other_surroundings(self, around: Mapping[str, VmSurroundings]) -> dict[str, Facts | None]:
        """By id, the VMs of which something else is told elsewhere than before."""
        before, self.around = self.around, around
        changed = (moid for moid in before.keys() | around.keys() if before.get(moid) != around.get(moid))
        return {moid: self.vms[moid][0] for moid in changed if moid in self.vms}

    def vm(self, facts: Facts, around: VmSurroundings, translate: Translate) -> VirtualMachine:
        """The VM that these facts tell."""
        before = self.vms.get(facts.moid)
        if before is not None and before[1] == around:
            if before[0] is facts:
                return before[2]
            if _differ_in_only(LOAD_PATHS, before[0], facts):
                vm = replace(before[2], load=load_of(facts, before[2].power_state))
                self.vms[facts.moid] = (facts, around, vm)
                return vm
        vm = translate(facts, around)
        self.vms[facts.moid] = (facts, around, vm)
        return vm

    def put(self, ref: EntityRef, vm: VirtualMachine | None) -> None:
        """What stands at this address: the VM, or (``None``) one that is left out."""
        if vm is not None:
            self.here[ref] = vm
        else:
            self.here.pop(ref, None)

    def forget(self, ref: EntityRef) -> None:
        """The VM at this address is gone."""
        self.vms.pop(ref.moid, None)
        self.here.pop(ref, None)

    def host(self, facts: Facts, around: tuple[Any, ...], translate: Callable[[], Host]) -> Host:
        """The host that these facts and ``around``, whatever else goes into it, tell."""
        before = self.hosts.get(facts.moid)
        if before is not None and before[1] == around:
            if before[0] is facts:
                return before[2]
            if _differ_in_only(HOST_LOAD_PATHS, before[0], facts):
                host = replace(before[2], load=host_load_of(facts, before[2].connection_state))
                self.hosts[facts.moid] = (facts, around, host)
                return host
        host = translate()
        self.hosts[facts.moid] = (facts, around, host)
        return host

    def keep_only_vms(self, ids: AbstractSet[str]) -> None:
        """Forget VMs that are gone, and begin with none."""
        self.here.clear()
        for gone in self.vms.keys() - ids:
            del self.vms[gone]

    def keep_only_hosts(self, ids: AbstractSet[str]) -> None:
        """Forget hosts that are gone."""
        for gone in self.hosts.keys() - ids:
            del self.hosts[gone]


def _differ_in_only(paths: frozenset[str], before: Facts, after: Facts) -> bool:
    """Whether all else is what it was; updates leave a value that has not changed the very same."""
    old, new = before.values, after.values
    return all(new.get(path) is value or path in paths for path, value in old.items()) and all(
        path in old or path in paths for path in new
    )
