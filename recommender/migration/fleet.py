"""Predicted durations of thousands of possible moves at once; says the same as ``estimate_move``, one array at a time.

Pairs differ only in the VM's memory and in the route between two hosts, and a fleet has few kinds of route: the
recursion runs once for each kind, over all VMs that could take it.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import exp

import numpy as np
import numpy.typing as npt

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import VMotionEnd, route, vmotion_end
from recommender.migration.downtime import fixed_downtime_s
from recommender.migration.precopy import MAX_ROUNDS
from recommender.migration.risk import NOT_CONVERGING_RATIO
from recommender.migration.uncertainty import Z_95, bandwidth_sigma, dirty_sigma, slower
from recommender.migration.vm_inputs import cipher_mib_s, memory_inputs
from recommender.policy import MigrationPolicy, Policy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
_Place = tuple[VMotionEnd, str]  # hosts with equal adapters in one site are the same to a migration


def vm_migration_seconds(
    inventory: Inventory, policy: Policy, vms: Sequence[VirtualMachine], hosts: Sequence[Host]
) -> FloatArray:
    """Median seconds of moving each VM from where it is to each host, disks staying: ``[len(vms), len(hosts)]``.

    0 where the VM is already there; a registration of seconds for a VM that does not run.
    """
    rules = policy.migration
    seconds = np.full((len(vms), len(hosts)), rules.setup_s + rules.teardown_s, dtype=np.float64)
    memory = np.zeros((3, len(vms)), dtype=np.float64)
    for position, vm in enumerate(vms):
        memory[:, position] = memory_inputs(vm)[:3]
    destinations = _by_place(hosts, rules)
    for (end, site, cipher), of_vms in _by_source(inventory, vms, rules).items():
        of_routes: dict[tuple[float, float], FloatArray] = {}
        for (other_end, other_site), columns in destinations.items():
            way = route(end, other_end, inventory.site_link(site, other_site), cipher_mib_s=cipher)
            key = (way.mib_s, way.rtt_ms)
            if key not in of_routes:
                of_routes[key] = _vmotion_seconds(memory[:, of_vms], way.mib_s, way.rtt_ms, rules)
            seconds[np.ix_(of_vms, np.array(columns))] = of_routes[key][:, np.newaxis]
    _follow_learnt_ways(seconds, inventory, vms, hosts)
    learnt = np.array([vm.load.duration_factor or 1.0 if vm.is_powered_on else 1.0 for vm in vms], dtype=np.float64)
    seconds *= learnt[:, np.newaxis]
    column_of = {host.ref: column for column, host in enumerate(hosts)}
    for position, vm in enumerate(vms):
        if vm.host in column_of:
            seconds[position, column_of[vm.host]] = 0.0
    return seconds


def _follow_learnt_ways(
    seconds: FloatArray, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]
) -> None:
    ways_of = {host.ref: host.load.learnt_ways for host in inventory.hosts if host.load.learnt_ways}
    if not ways_of:
        return
    column_of = {host.ref: column for column, host in enumerate(hosts)}
    for row, vm in enumerate(vms):
        for way in ways_of.get(vm.host, ()) if vm.is_powered_on else ():
            if way.destination in column_of:
                pair = row, column_of[way.destination]
                seconds[pair] = way.overhead_s + way.slowness * seconds[pair]


def vm_converging(
    inventory: Inventory, policy: Policy, vms: Sequence[VirtualMachine], hosts: Sequence[Host]
) -> BoolArray:
    """Whether moving each VM to each host is no *may not converge*, ``[len(vms), len(hosts)]``: λ at p95 below 0.9."""
    rules = policy.migration
    found = np.ones((len(vms), len(hosts)), dtype=bool)
    worse_mib_s = np.zeros(len(vms))
    for position, vm in enumerate(vms):
        memory = memory_inputs(vm)
        worse_mib_s[position] = memory.dirty_mib_s * exp(Z_95 * dirty_sigma(memory))
    destinations = _by_place(hosts, rules)
    for (end, site, cipher), of_vms in _by_source(inventory, vms, rules).items():
        for (other_end, other_site), columns in destinations.items():
            way = route(end, other_end, inventory.site_link(site, other_site), cipher_mib_s=cipher)
            slow_mib_s = slower(way.mib_s, bandwidth_sigma(way))
            fine = worse_mib_s[of_vms] < NOT_CONVERGING_RATIO * slow_mib_s
            found[np.ix_(of_vms, np.array(columns))] = fine[:, np.newaxis]
    return found


def _by_source(
    inventory: Inventory, vms: Sequence[VirtualMachine], rules: MigrationPolicy
) -> dict[tuple[VMotionEnd, str, float], IntArray]:
    """Positions of the running VMs by where they come from and how fast they may be encrypted."""
    found: defaultdict[tuple[VMotionEnd, str, float], list[int]] = defaultdict(list)
    for position, vm in enumerate(vms):
        if vm.is_powered_on:
            host = inventory.host(vm.host)
            end = vmotion_end(host.vmotion_adapters, rules.usable_line_rate)
            found[end, host.site, cipher_mib_s(vm, rules)].append(position)
    return {place: np.array(positions) for place, positions in found.items()}


def _by_place(hosts: Sequence[Host], rules: MigrationPolicy) -> dict[_Place, list[int]]:
    positions: defaultdict[_Place, list[int]] = defaultdict(list)
    for position, host in enumerate(hosts):
        positions[vmotion_end(host.vmotion_adapters, rules.usable_line_rate), host.site].append(position)
    return positions


def _vmotion_seconds(memory: FloatArray, bandwidth_mib_s: float, rtt_ms: float, rules: MigrationPolicy) -> FloatArray:
    """``precopy`` for all VMs at once; ``memory`` holds memory, working set and dirty rate of each (rows)."""
    to_send, working_set, dirty = memory[0].copy(), memory[1], memory[2]
    # At a working set of 0 nothing is written; the 1 only keeps the quotient defined.
    decay = -np.minimum(dirty, rules.max_slowdown * bandwidth_mib_s) / np.where(working_set > 0, working_set, 1.0)
    sent = to_send.copy()
    active = np.arange(len(to_send))
    for _ in range(MAX_ROUNDS):
        changed = -working_set[active] * np.expm1(decay[active] * to_send[active] / bandwidth_mib_s)
        sent[active] += changed
        goes_on = (changed > bandwidth_mib_s * rules.switchover_goal_s) & (changed < to_send[active])
        to_send[active] = changed
        active = active[goes_on]
        if not len(active):
            break
    fixed_s = rules.setup_s + fixed_downtime_s(rtt_ms) + rules.teardown_s
    return np.asarray(sent / bandwidth_mib_s + fixed_s, dtype=np.float64)
