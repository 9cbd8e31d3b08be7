"""Putting what was learnt into an inventory, so that every prediction from it knows it, and says the same again."""

from dataclasses import replace

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import route, vmotion_end
from recommender.migration.calibration import Calibration, MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.memory_time import memory_time
from recommender.migration.uncertainty import memory_cases
from recommender.migration.vm_inputs import memory_inputs
from recommender.policy import MigrationPolicy


def with_learnt_durations(inventory: Inventory, rules: MigrationPolicy, calibration: Calibration) -> Inventory:
    """``inventory`` with a factor for each running VM: of its migration to a host like its own in its own site."""
    if not calibration.finished:
        return inventory
    calibrator = Calibrator(calibration)
    return replace(
        inventory,
        virtual_machines=tuple(
            _taught(vm, inventory.find_host(vm.host), rules, calibrator) if vm.is_powered_on else vm
            for vm in inventory.virtual_machines
        ),
    )


def group_of(vm: VirtualMachine) -> str:
    """What VMs of one kind have in common: their tags."""
    return ", ".join(sorted(vm.tags))


def site_path(source: Host | None, destination: Host | None) -> str:
    """From site to site; empty where one of the hosts is not known any more."""
    return f"{source.site} > {destination.site}" if source is not None and destination is not None else ""


def _taught(vm: VirtualMachine, host: Host | None, rules: MigrationPolicy, calibrator: Calibrator) -> VirtualMachine:
    if host is None:
        return vm
    end = vmotion_end(host.vmotion_adapters, rules.usable_line_rate)
    way, memory = route(end, end, None), memory_inputs(vm)
    physical_s = rules.setup_s + memory_time(memory_cases(memory, way).p50, rules).seconds + rules.teardown_s
    case = MigrationCase(
        vm=vm.instance_uuid,
        group=group_of(vm),
        site_path=site_path(host, host),
        host_pair="",
        memory_mib=memory.memory_mib,
        bandwidth_mib_s=way.mib_s,
        dirty_mib_s=memory.dirty_mib_s if memory.dirty_is_measured else None,
        physical_s=physical_s,
    )
    said = calibrator.predict(case)
    load = replace(
        vm.load,
        duration_factor=said.seconds / case.physical_s,
        duration_p95_factor=None if said.p95_s is None else said.p95_s / case.physical_s,
    )
    return replace(vm, load=load)
