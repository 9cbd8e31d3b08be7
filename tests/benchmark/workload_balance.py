"""A baseline: the steps of OpenStack Watcher's strategy *workload_balance*, written anew from its documentation.

While a host is used above the threshold, the hottest one gives one VM: the one nearest to what the host is above the
average goes to the coolest host that stays below the threshold with it and has the memory. CPU alone is looked
at; no rule is asked. Whoever finds no such VM or host is left out.
"""

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef

Where = dict[EntityRef, EntityRef]


def workload_balance(inventory: Inventory, most: int, threshold: float) -> Where:
    """At most so many VMs and their new hosts; ``threshold``: CPU use, a share."""
    hosts = {host.ref: host for host in inventory.hosts if host.is_available and host.cpu_mhz}
    on = {ref: list(inventory.vms_on(ref)) for ref in hosts}
    mhz = {ref: sum(vm.cpu_demand_mhz or 0 for vm in vms) for ref, vms in on.items()}
    mib = {ref: sum(vm.memory_mib for vm in vms) for ref, vms in on.items()}
    average = sum(mhz.values()) / sum(host.cpu_mhz for host in hosts.values())
    moved: Where = {}
    given_up = set[EntityRef]()
    while len(moved) < most:
        hot = [ref for ref in hosts if mhz[ref] > threshold * hosts[ref].cpu_mhz and ref not in given_up]
        if not hot:
            break
        source = max(hot, key=lambda ref: mhz[ref] / hosts[ref].cpu_mhz)
        excess = mhz[source] - average * hosts[source].cpu_mhz
        for vm in sorted(on[source], key=lambda one: abs((one.cpu_demand_mhz or 0) - excess)):
            demand = vm.cpu_demand_mhz or 0
            fits = [
                ref
                for ref, host in hosts.items()
                if mhz[ref] + demand <= threshold * host.cpu_mhz and mib[ref] + vm.memory_mib <= host.memory_mib
            ]
            if vm.ref in moved or not fits:
                continue
            target = min(fits, key=lambda ref: mhz[ref] / hosts[ref].cpu_mhz)
            on[source].remove(vm)
            on[target].append(vm)
            for table, amount in ((mhz, demand), (mib, vm.memory_mib)):
                table[source] -= amount
                table[target] += amount
            moved[vm.ref] = target
            break
        else:
            given_up.add(source)
    return moved


def best_workload_balance(inventory: Inventory, most: int) -> Where:
    """With the threshold that suits the fleet best, which an operator would have to guess: in steps of 0.01."""
    tried = (workload_balance(inventory, most, step / 100) for step in range(40, 96))
    return min(tried, key=lambda moved: _highest(inventory, moved))


def _highest(inventory: Inventory, moved: Where) -> float:
    mhz = {host.ref: 0 for host in inventory.hosts}
    for vm in inventory.virtual_machines:
        mhz[moved.get(vm.ref, vm.host)] += vm.cpu_demand_mhz or 0
    return max(mhz[host.ref] / host.cpu_mhz for host in inventory.hosts if host.cpu_mhz)
