"""Load that follows the hours of the day and chance, from a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.simulation.chance import chance

_Vector = npt.NDArray[np.float64]
BUCKET_S: Final = 300.0
DAY_S: Final = 86_400.0
CORE_MHZ: Final = 2_400
HYPERVISOR_CPU_SHARE: Final = 0.01
HYPERVISOR_MEMORY_MIB: Final = 4_096


class Workload:
    """The load of every VM at any moment; at ``began_at`` it is the inventory's own.

    A daily wave (amplitude 5 to 45 % of the mean, most VMs busiest in the early afternoon) times smooth noise of
    5-minute steps. What the inventory does not tell stays unknown.
    """

    def __init__(self, inventory: Inventory, began_at: datetime, seed: int) -> None:
        self._vms = inventory.virtual_machines
        self._seed = seed
        self._began_at = began_at
        draw = chance(seed, "workload")
        count = len(self._vms)
        self._amplitude = draw.uniform(0.05, 0.45, count)
        self._busiest_s = draw.normal(14 * 3600, 2 * 3600, count)
        self._noise = draw.uniform(0.02, 0.08, count)
        self._at_start = self._level(self._began_at)
        self._jumped: dict[str, float] = {}

    def jump(self, instance_uuid: str, factor: float) -> None:
        """From now on a VM asks for ``factor`` times as much as otherwise."""
        self._jumped[instance_uuid] = factor * self._jumped.get(instance_uuid, 1.0)

    def at(self, moment: datetime) -> dict[str, VmLoad]:
        """The load of each VM at ``moment``, by instance UUID: its address changes in another vCenter."""
        factors = self._level(moment) / self._at_start
        return {
            vm.instance_uuid: _scaled(vm, float(factor) * self._jumped.get(vm.instance_uuid, 1.0))
            for vm, factor in zip(self._vms, factors, strict=True)
        }

    def measured(self, picture: Inventory, moment: datetime) -> Inventory:
        """``picture`` as vCenter would report it at ``moment``: a host's use is that of its VMs and its own."""
        now = self.at(moment)
        vms = tuple(replace(vm, load=now.get(vm.instance_uuid, vm.load)) for vm in picture.virtual_machines)
        loads = {vm.ref: vm.load for vm in vms}
        hosts = tuple(
            replace(host, load=_host_load(host, [vm for vm in picture.vms_on(host.ref) if vm.is_powered_on], loads))
            for host in picture.hosts
        )
        return replace(picture, taken_at=moment, virtual_machines=vms, hosts=hosts)

    def _level(self, moment: datetime) -> _Vector:
        second_of_day = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
        wave = 1.0 + self._amplitude * np.cos(2 * np.pi * (second_of_day - self._busiest_s) / DAY_S)
        buckets = (moment - self._began_at).total_seconds() / BUCKET_S
        before = int(np.floor(buckets))
        share = buckets - before
        noise = (1 - share) * self._bucket_noise(before) + share * self._bucket_noise(before + 1)
        level: _Vector = wave * np.exp(self._noise * noise)
        return level

    def _bucket_noise(self, bucket: int) -> _Vector:
        return chance(self._seed, "noise", str(bucket)).normal(size=len(self._vms))


def _host_load(host: Host, running: Sequence[VirtualMachine], loads: Mapping[EntityRef, VmLoad]) -> HostLoad:
    """What VMs use, the hypervisor on top; a CPU cannot give more than it has, whatever is asked of it."""
    cpu = sum(loads[vm.ref].cpu_demand_mhz or 0 for vm in running) + round(HYPERVISOR_CPU_SHARE * host.cpu_mhz)
    memory = sum(_consumed_mib(vm) for vm in running) + HYPERVISOR_MEMORY_MIB
    return HostLoad(cpu_used_mhz=min(host.cpu_mhz, cpu), memory_used_mib=min(host.memory_mib, memory))


def _consumed_mib(vm: VirtualMachine) -> int:
    return vm.memory_mib if vm.load.memory_consumed_mib is None else vm.load.memory_consumed_mib


def _scaled(vm: VirtualMachine, factor: float) -> VmLoad:
    load = vm.load
    cpu, active = load.cpu_demand_mhz, load.memory_active_mib
    most_mhz = max(vm.vcpus * CORE_MHZ, cpu or 0)
    return replace(
        load,
        cpu_demand_mhz=None if cpu is None else min(most_mhz, round(cpu * factor)),
        # memory in use moves far less than CPU does
        memory_active_mib=None if active is None else min(vm.memory_mib, round(active * (0.8 + 0.2 * factor))),
    )
