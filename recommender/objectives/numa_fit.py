"""A VM that fits no NUMA node of its host costs: some of its memory is then far from its cores."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.objectives.base import CostModel


@dataclass(frozen=True, slots=True)
class NumaFit:
    """``weight``: objective units of one running VM; a host whose nodes were not told costs nothing."""

    weight: float

    name: ClassVar[str] = "numa_fit"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ over the running VMs that are too big for every node of their host."""
        del start
        hosts = {host.ref: host for host in end.hosts}
        running = (vm for vm in end.virtual_machines if vm.is_powered_on and vm.host in hosts)
        return self.weight * sum(not _fits(hosts[vm.host], vm) for vm in running)

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each such pair; nothing where there is none."""
        del start
        cores = np.array([max((n.cores for n in host.numa_nodes or ()), default=np.inf) for host in model.hosts])
        memory = np.array([max((n.memory_mib for n in host.numa_nodes or ()), default=np.inf) for host in model.hosts])
        if not len(model.hosts):
            return
        wide = [vm.is_powered_on and (vm.vcpus > cores.min() or vm.memory_mib > memory.min()) for vm in model.vms]
        if not any(wide):
            return
        # Many VMs are of one size, and most hosts of one build.
        builds = {host.numa_nodes: host for host in model.hosts}
        build_of = np.array([list(builds).index(host.numa_nodes) for host in model.hosts])
        rows: dict[tuple[int, int], NDArray[np.float64]] = {}
        for row, vm in enumerate(model.vms):
            if wide[row]:
                size = (vm.vcpus, vm.memory_mib)
                if size not in rows:
                    each = [0.0 if _fits(host, vm) else self.weight for host in builds.values()]
                    rows[size] = np.array(each)[build_of]
                model.on_pair(rows[size][np.newaxis], row)


def _fits(host: Host, vm: VirtualMachine) -> bool:
    nodes = host.numa_nodes
    return not nodes or any(vm.vcpus <= node.cores and vm.memory_mib <= node.memory_mib for node in nodes)
