"""How often what was predicted of the simulated world's migrations holds: each VM of a seed moved once, alone.

The world's truth is drawn apart from the model (``simulation/vcenter``: two page classes, links of 82 to 94 %, other
setup times). Learnt from: all earlier migrations of the same seed, as a service would.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from recommender.errors import MigrationRefused
from recommender.inventory.reference import EntityRef
from recommender.migration.calibration import MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.estimate import MigrationEstimate
from recommender.migration.estimate_move import estimate_move, site_path
from recommender.migration.learnt_durations import group_of, with_learnt_durations
from recommender.placement.result import Move, Reason
from recommender.policy import Policy
from recommender.simulation.chance import chance
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.inventory_generator import generate_inventory

SEEDS = 12
HOSTS, VMS = 8, 60
POLICY = Policy()


def world_lines() -> Iterator[str]:
    """The lines of the table."""
    held: defaultdict[str, list[bool]] = defaultdict(list)
    for seed in range(1, SEEDS + 1):
        for is_taught, estimate, seconds, downtime_ms in _migrations(seed):
            name = "learning online" if is_taught else "the model alone"
            held[f"{name}, time below p50"].append(seconds <= estimate.duration_p50_s)
            held[f"{name}, time below p95"].append(seconds <= estimate.duration_p95_s)
            if not is_taught:
                held["downtime below p50"].append(downtime_ms <= estimate.downtime_p50_ms)
                held["downtime below p95"].append(downtime_ms <= estimate.downtime_p95_ms)
    for name, seen in held.items():
        yield f"| simulated world, {name}, % | {len(seen)} | {name[-2:]} | {100 * sum(seen) / len(seen):.1f} |"


def _migrations(seed: int) -> Iterator[tuple[bool, MigrationEstimate, float, float]]:
    clock = SimulatedClock()
    centre = SimulatedDataCenter(generate_inventory(seed, hosts=HOSTS, vms=VMS, clusters=1), clock, seed)
    draw = chance(seed, "coverage")
    calibrator = Calibrator()
    for number, vm in enumerate(centre.read().virtual_machines):
        now = centre.read()
        if not vm.is_powered_on:
            continue
        others = [host for host in now.hosts if host.ref != vm.host and host.is_available]
        destination = others[int(draw.integers(len(others)))]
        model = estimate_move(now, POLICY, now.vm(vm.ref), destination)
        taught = with_learnt_durations(now, POLICY.migration, calibrator.calibration)
        learnt = estimate_move(taught, POLICY, taught.vm(vm.ref), destination)
        before = len(centre.truths)
        try:
            centre.relocate(_move(vm.ref, vm.host, destination.ref, model), f"op-{number}")
        except MigrationRefused:
            continue
        clock.sleep(timedelta(hours=2).total_seconds())
        if len(centre.truths) == before:
            continue
        truth = centre.truths[-1]
        yield False, model, truth.duration_s, truth.downtime_ms
        yield True, learnt, truth.duration_s, truth.downtime_ms
        inputs = {one.name: one.value for one in model.inputs}
        source = now.host(vm.host)
        case = MigrationCase(
            vm=vm.instance_uuid,
            group=group_of(vm),
            site_path=site_path(source, destination),
            host_pair=f"{vm.host} > {destination.ref}",
            memory_mib=inputs["memory"],
            bandwidth_mib_s=inputs["bandwidth"],
            dirty_mib_s=None,
            physical_s=model.duration_p50_s,
        )
        calibrator.learn(case, truth.duration_s)


def _move(vm: EntityRef, source: EntityRef, destination: EntityRef, estimate: MigrationEstimate) -> Move:
    return Move(
        vm=vm,
        source=source,
        destination=destination,
        reason=Reason.BALANCE_CPU,
        priority=3,
        gain=1.0,
        estimate=estimate,
    )
