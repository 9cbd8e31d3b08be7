"""Predicting one move: from the inventory to inputs with their origin, and from those to the estimate."""

from collections.abc import Mapping

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import Route, route_between
from recommender.migration.cold_estimate import cold_estimate
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.migration.live_estimate import DiskTime, LearntFactors, live_estimate
from recommender.migration.stated_inputs import stated_disks, stated_learning, stated_memory, stated_route
from recommender.migration.storage_copy import DATASTORE_MIB_S, DiskCopy, copy_seconds, disk_copies, left_by_guest
from recommender.migration.uncertainty import (
    ASSUMED_STORAGE,
    bandwidth_sigma,
    memory_cases,
    slower,
)
from recommender.migration.vm_inputs import cipher_mib_s, memory_inputs
from recommender.policy import Policy


def estimate_move(
    inventory: Inventory,
    policy: Policy,
    vm: VirtualMachine,
    destination: Host,
    disk_targets: Mapping[int, EntityRef] | None = None,
) -> MigrationEstimate:
    """The prediction of bringing ``vm`` from where it is to ``destination``, as if it were the only migration.

    ``disk_targets``: new datastore by disk key; disks it does not name stay. Whether the move is allowed is not
    asked here. Raises ``KeyError`` when the VM's own host is not in the inventory.
    """
    rules = policy.migration
    source = inventory.host(vm.host)
    cipher = cipher_mib_s(vm, rules)
    way = route_between(inventory, source, destination, rules.usable_line_rate, cipher_mib_s=cipher)
    copies = disk_copies(vm, source, disk_targets or {})
    changes_host = destination.ref != source.ref
    if not copies and not changes_host:
        return _nothing_to_do()
    writes_mib_s = (vm.load.disk_write_mib_s or 0.0) if vm.is_powered_on else 0.0
    disks, disk_inputs = _disk_time(copies, way, writes_mib_s), stated_disks(copies, writes_mib_s)
    route_inputs = stated_route(way, rules.usable_line_rate)
    if not vm.is_powered_on or not changes_host:
        used = route_inputs if any(copy.over_network for copy in copies) else ()
        if not vm.is_powered_on:
            return cold_estimate(rules, disks, (*used, *disk_inputs))
        kind = MigrationKind.STORAGE_VMOTION
        return live_estimate(kind, rules, memory=None, disks=disks, inputs=(*used, *disk_inputs))
    memory = memory_inputs(vm)
    return live_estimate(
        MigrationKind.COMBINED if copies else MigrationKind.VMOTION,
        rules,
        memory=memory_cases(memory, way),
        disks=disks,
        inputs=(
            *stated_memory(memory),
            *route_inputs,
            *disk_inputs,
            *stated_learning(vm.load, source.load.way_to(destination.ref)),
        ),
        learnt=_learnt(vm, source, destination),
        quiet=vm.load.quiet_hour,
        site_path=site_path(source, destination),
        shared_share=vm.load.shared_share,
    )


def site_path(source: Host | None, destination: Host | None) -> str:
    """From site to site; empty where one of the hosts is not known any more."""
    return f"{source.site} > {destination.site}" if source is not None and destination is not None else ""


def _learnt(vm: VirtualMachine, source: Host, destination: Host) -> LearntFactors:
    way, factor = source.load.way_to(destination.ref), vm.load.duration_factor or 1.0
    if way is None:
        return LearntFactors(factor, vm.load.duration_p95_factor)
    return LearntFactors(factor, vm.load.duration_p95_factor, overhead_s=way.overhead_s, slowness=way.slowness)


def _disk_time(copies: tuple[DiskCopy, ...], way: Route, writes_mib_s: float) -> DiskTime:
    worse_mib_s = slower(DATASTORE_MIB_S, ASSUMED_STORAGE)
    return DiskTime(
        mib=sum(copy.size_mib for copy in copies),
        p50_s=copy_seconds(
            copies, datastore_mib_s=left_by_guest(DATASTORE_MIB_S, writes_mib_s), network_mib_s=way.mib_s
        ),
        p95_s=copy_seconds(
            copies,
            datastore_mib_s=left_by_guest(worse_mib_s, writes_mib_s),
            network_mib_s=slower(way.mib_s, bandwidth_sigma(way)),
        ),
    )


def _nothing_to_do() -> MigrationEstimate:
    return MigrationEstimate(
        kind=MigrationKind.VMOTION,
        duration_p50_s=0.0,
        duration_p95_s=0.0,
        downtime_p50_ms=0.0,
        downtime_p95_ms=0.0,
        sent_mib_p50=0.0,
        sent_mib_p95=0.0,
        dirty_ratio=0.0,
        converges=True,
        risk=RiskClass.SAFE,
        risk_reason="the VM is there already",
        width_reason="nothing is done",
    )
