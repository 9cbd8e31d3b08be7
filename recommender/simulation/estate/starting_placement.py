"""Where the drafted VMs of a cluster stand at the start: a few hosts too full, the others in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from recommender.inventory.host import Host
from recommender.simulation.estate.draft_rules import DraftRules
from recommender.simulation.estate.vm_drafts import VmDraft

HOSTS_PER_HOT_HOST: Final = 6
HOT_USE: Final = 0.94
MAX_MEMORY_USE: Final = 0.92


@dataclass(slots=True)
class _Room:
    host: Host
    target_mhz: float
    cpu_mhz: int = 0
    memory_mib: int = 0
    vms: set[str] = field(default_factory=set)

    def take(self, vm: VmDraft) -> None:
        self.vms.add(vm.name)
        if vm.is_powered_on:
            self.cpu_mhz += vm.cpu_demand_mhz
            self.memory_mib += vm.memory_mib


def place(
    vms: Sequence[VmDraft], hosts: Sequence[Host], rules: DraftRules, draw: np.random.Generator
) -> dict[str, Host]:
    """The host of each VM by name; every must rule is kept, should rules are not heeded.

    Raises ``ValueError`` if the VMs do not fit on the hosts.
    """
    rooms = _rooms(vms, hosts, draw)
    for group in _groups(vms, rules, draw):
        fitting = [room for room in rooms if _fits(group, room, rules)]
        if not fitting:
            raise ValueError(f"no room for {', '.join(vm.name for vm in group)} on {len(hosts)} hosts")
        best = max(fitting, key=lambda room: room.target_mhz - room.cpu_mhz)
        for vm in group:
            best.take(vm)
    return {name: room.host for room in rooms for name in room.vms}


def _rooms(vms: Sequence[VmDraft], hosts: Sequence[Host], draw: np.random.Generator) -> list[_Room]:
    """Each host with the demand that is meant for it: the hot ones full, the others unevenly the rest."""
    hot = draw.permutation(len(hosts))[: len(hosts) // HOSTS_PER_HOT_HOST or 1]
    weights = np.array([host.cpu_mhz for host in hosts]) * draw.uniform(0.6, 1.4, len(hosts))
    weights[hot] = 0.0
    demand = sum(vm.cpu_demand_mhz for vm in vms if vm.is_powered_on)
    rest = demand - HOT_USE * sum(hosts[int(index)].cpu_mhz for index in hot)
    share = max(0.0, rest) / max(1.0, float(weights.sum()))
    return [
        _Room(host, HOT_USE * host.cpu_mhz if index in hot else share * float(weights[index]))
        for index, host in enumerate(hosts)
    ]


def _groups(vms: Sequence[VmDraft], rules: DraftRules, draw: np.random.Generator) -> list[list[VmDraft]]:
    """VMs that go together: first those that rules bind, then by chance the busiest for their memory.

    The first ones end on the hot hosts, which have to run out of CPU before they run out of memory.
    """
    by_name = {vm.name: vm for vm in vms}
    together = [[by_name[name] for name in rule.vms] for rule in rules.together]
    bound = {vm.name for group in together for vm in group}
    named = {name for rule in (*rules.must, *rules.apart) for name in rule.vms}
    luck = {vm.name: draw.lognormal(0.0, 0.7) for vm in vms}
    alone = [vm for vm in vms if vm.name not in bound]
    alone.sort(key=lambda vm: -luck[vm.name] * vm.cpu_demand_mhz / vm.memory_mib)
    return [*together, *([vm] for vm in alone if vm.name in named), *([vm] for vm in alone if vm.name not in named)]


def _fits(group: Sequence[VmDraft], room: _Room, rules: DraftRules) -> bool:
    needed = sum(vm.memory_mib for vm in group if vm.is_powered_on)
    if room.memory_mib + needed > MAX_MEMORY_USE * room.host.memory_mib:
        return False
    for vm in group:
        if any(vm.name in rule.vms and room.host.name not in rule.hosts for rule in rules.must):
            return False
        if any(vm.name in rule.vms and room.vms & set(rule.vms) for rule in rules.apart):
            return False
    return True
