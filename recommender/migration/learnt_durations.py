"""Putting what was learnt into an inventory, so that every prediction from it knows it, and says the same again."""

from collections import defaultdict
from dataclasses import replace

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import LearntWay
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import route, vmotion_end
from recommender.migration.calibration import Calibration, MigrationCase
from recommender.migration.calibration_pairs import FEWEST_QUIET
from recommender.migration.calibrator import Calibrator
from recommender.migration.estimate_move import site_path
from recommender.migration.memory_time import memory_time
from recommender.migration.residuals import MakeLearner
from recommender.migration.shared_errors import shared_share
from recommender.migration.uncertainty import memory_cases
from recommender.migration.vm_inputs import cipher_mib_s, memory_inputs
from recommender.policy import MigrationPolicy


def with_learnt_durations(
    inventory: Inventory, rules: MigrationPolicy, calibration: Calibration, learner: MakeLearner | None = None
) -> Inventory:
    """``inventory`` with what was learnt of each host pair, and with a factor for each running VM.

    The factor is that of its migration to a host like its own in its own site, beside what its host pair is like.
    """
    if not calibration.finished:
        return inventory
    calibrator = Calibrator(calibration, learner)
    shared = {path: shared_share(calibration, path) for path in {site_path(host, host) for host in inventory.hosts}}
    ways = _learnt_ways(inventory, calibrator)

    cases = {
        vm.ref: case_of(vm, host, rules)
        for vm in inventory.virtual_machines
        if vm.is_powered_on and (host := inventory.find_host(vm.host)) is not None
    }
    calibrator.foresee(list(cases.values()))

    def taught(vm: VirtualMachine) -> VirtualMachine:
        case = cases.get(vm.ref)
        if case is None:
            return vm
        said = calibrator.predict(case)
        load = replace(
            vm.load,
            duration_factor=said.seconds / case.physical_s,
            duration_p95_factor=None if said.p95_s is None else said.p95_s / case.physical_s,
            shared_share=shared[case.site_path],
        )
        return replace(vm, load=load)

    return replace(
        inventory,
        hosts=tuple(
            replace(host, load=replace(host.load, learnt_ways=tuple(ways[host.ref]))) if host.ref in ways else host
            for host in inventory.hosts
        ),
        virtual_machines=tuple(map(taught, inventory.virtual_machines)),
    )


def group_of(vm: VirtualMachine) -> str:
    """What VMs of one kind have in common: their tags."""
    return ", ".join(sorted(vm.tags))


def host_pair(source: EntityRef, destination: EntityRef) -> str:
    """The name of a way from host to host."""
    return f"{source} > {destination}"


def case_of(vm: VirtualMachine, host: Host, rules: MigrationPolicy) -> MigrationCase:
    """The migration of ``vm`` from its ``host`` to one like it, as calibration is asked about it."""
    end = vmotion_end(host.vmotion_adapters, rules.usable_line_rate)
    way, memory = route(end, end, None, cipher_mib_s=cipher_mib_s(vm, rules)), memory_inputs(vm)
    physical_s = rules.setup_s + memory_time(memory_cases(memory, way).p50, rules).seconds + rules.teardown_s
    return MigrationCase(
        vm=vm.instance_uuid,
        group=group_of(vm),
        site_path=site_path(host, host),
        host_pair="",
        memory_mib=memory.memory_mib,
        bandwidth_mib_s=way.mib_s,
        dirty_mib_s=memory.dirty_mib_s if memory.dirty_is_measured else None,
        physical_s=physical_s,
        assumed_dirty_mib_s=None if memory.dirty_is_measured else memory.dirty_mib_s,
    )


def _learnt_ways(inventory: Inventory, calibrator: Calibrator) -> dict[EntityRef, list[LearntWay]]:
    fits = {name: fit for name, fit in calibrator.pair_fits().items() if fit.number >= FEWEST_QUIET}
    hosts = {str(host.ref): host.ref for host in inventory.hosts}
    found: defaultdict[EntityRef, list[LearntWay]] = defaultdict(list)
    for name, fit in sorted(fits.items()):
        source, _, destination = name.partition(" > ")
        if source in hosts and destination in hosts:
            way = LearntWay(destination=hosts[destination], overhead_s=fit.overhead_s, slowness=fit.slowness)
            found[hosts[source]].append(way)
    return dict(found)
