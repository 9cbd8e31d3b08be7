"""Measures how far starts and ends of plans are from what happens in the simulated data centre, where links are shared.

Each seed: two of eight hosts are evacuated as by ``evacuate``, and ``simulate PLAN`` carries it out. *Each as
predicted*: alone every migration would take exactly what is predicted, so that only sharing and carrying out are
measured. *Taught*: after every running VM was migrated once, alone, in the same world. Run:
``python -m tests.benchmark.timeline_error``.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

import numpy as np

from recommender.errors import MigrationRefused
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.calibration import MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.estimate import MigrationEstimate
from recommender.migration.estimate_move import estimate_move, site_path
from recommender.migration.learnt_durations import group_of, host_pair, with_learnt_durations
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move, Reason
from recommender.planning.transfers.transfer import median_transfer
from recommender.policy import Policy
from recommender.service.cycle import decide
from recommender.service.rehearsal.one_plan import rehearse_plan
from recommender.service.saved_decision import saved_decision
from recommender.simulation.chance import chance
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.inventory_generator import generate_inventory
from recommender.simulation.vcenter.fair_shares import Link
from recommender.simulation.vcenter.links import TrueLinks, memory_links
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.simulated_vcenter import SimulatedVCenter
from recommender.simulation.vcenter.stages import Stages, Wait
from recommender.simulation.vcenter.stages import Transfer as Sent

HOSTS, VMS, EVACUATED = 8, 80, 2
POLICY = Policy(own_moves_in_drs_clusters=True)
HEADER = (
    "| | plans | steps | start off, median / p95 | end off, median / p95 | end later than planned, median "
    "| makespan off, median | over within p95 |\n|---|---:|---:|---:|---:|---:|---:|---:|"
)


def main() -> None:
    """Read the arguments and print the table; all shares are of a plan's makespan, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    arguments = parser.parse_args()
    seen: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    whole: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for seed in range(1, arguments.seeds + 1):
        inventory = generate_inventory(seed, hosts=HOSTS, vms=VMS, clusters=1)
        with _each_as_predicted():
            _measure(inventory, inventory, seed, seen["each as predicted"], whole["each as predicted"])
        for name, known in (("the model alone", inventory), ("taught", _taught(inventory, seed))):
            _measure(known, inventory, seed, seen[name], whole[name])
    print(HEADER)
    for name, steps in seen.items():
        starts, ends = 100 * np.array(steps).T
        spans = np.array([span for span, _ in whole[name]])
        held = sum(is_held for _, is_held in whole[name])
        cells = [name, str(len(spans)), str(len(steps))]
        cells += [f"{np.median(abs(one)):.1f} / {np.quantile(abs(one), 0.95):.1f}" for one in (starts, ends)]
        cells += [f"{np.median(ends):+.1f}", f"{100 * np.median(spans):+.1f}", f"{held} of {len(spans)}"]
        print("| " + " | ".join(cells) + " |")


def _measure(
    known: Inventory,
    truth: Inventory,
    seed: int,
    seen: list[tuple[float, float]],
    whole: list[tuple[float, bool]],
) -> None:
    hosts = tuple(host.ref for host in known.hosts if host.is_available)[:EVACUATED]
    decision = decide(PlacementRequest(inventory=known, policy=POLICY, evacuate=hosts))
    if not decision.plan.steps:
        return
    saved = saved_decision(decision, author="benchmark", created_at=known.taken_at)
    told = rehearse_plan(truth, saved, seed, with_failures=False)
    done = [one for one in told.carried.steps if one.actual_s is not None and one.sent_at is not None]
    makespan_s = saved.plan.makespan_s
    for result in done:
        began_s = (result.sent_at - truth.taken_at).total_seconds() if result.sent_at else 0.0
        ended_s = (result.ended_at - truth.taken_at).total_seconds()
        seen.append(((began_s - result.step.start_s) / makespan_s, (ended_s - result.step.end_s) / makespan_s))
    if told.actual_s is not None:
        whole.append((told.actual_s / makespan_s - 1.0, told.actual_s <= saved.plan.makespan_p95_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class _AsPredicted:
    """A journey of which nothing is drawn: its memory is one transfer, of all that is predicted to be sent."""

    inventory: Inventory
    vm: VirtualMachine
    spec: RelocateSpec

    @property
    def expected_mib(self) -> float:
        return self._estimate.sent_mib_p50

    def stages(self, name: str, seed: int, breaks_off_at: float | None) -> Stages:
        del name, seed, breaks_off_at
        source, destination = self.inventory.host(self.vm.host), self.inventory.host(self.spec.destination)
        transfer = median_transfer(
            self.inventory,
            POLICY,
            Move(
                vm=self.vm.ref,
                source=source.ref,
                destination=destination.ref,
                reason=Reason.BALANCE_CPU,
                priority=1,
                gain=0.0,
                estimate=self._estimate,
            ),
        )
        yield Wait(seconds=transfer.fixed_s)
        if transfer.work_mib:
            yield Sent(mib=transfer.work_mib, links=memory_links(source, destination))

    @property
    def _estimate(self) -> MigrationEstimate:
        return estimate_move(self.inventory, POLICY, self.vm, self.inventory.host(self.spec.destination))


@contextmanager
def _each_as_predicted() -> Iterator[None]:
    """A world in which links carry what is assumed of them, and every migration is as predicted."""

    def journey(picture: Inventory, vm: VirtualMachine, spec: RelocateSpec, seed: int) -> _AsPredicted:
        del seed
        return _AsPredicted(inventory=picture, vm=picture.vm(vm.ref), spec=spec)

    def carried(links: TrueLinks, link: Link) -> float:
        return POLICY.migration.usable_line_rate * links.line_rate_mib_s(link)

    with patch(f"{SimulatedVCenter.__module__}.journey_of", journey), patch.object(TrueLinks, "mib_s", carried):
        yield


def _taught(inventory: Inventory, seed: int) -> Inventory:
    """``inventory`` with what migrating every running VM once teaches."""
    clock = SimulatedClock(start=inventory.taken_at)
    centre = SimulatedDataCenter(inventory, clock, seed)
    draw, calibrator = chance(seed, "teaching"), Calibrator()
    for number, ref in enumerate(vm.ref for vm in inventory.virtual_machines if vm.is_powered_on):
        now = centre.read()
        vm = now.vm(ref)
        others = [host for host in now.hosts if host.ref != vm.host and host.is_available]
        destination = others[int(draw.integers(len(others)))]
        model = estimate_move(now, POLICY, vm, destination)
        before = len(centre.truths)
        try:
            move = Move(
                vm=ref,
                source=vm.host,
                destination=destination.ref,
                reason=Reason.BALANCE_CPU,
                priority=3,
                gain=1.0,
                estimate=model,
            )
            centre.relocate(move, f"op-{number}")
        except MigrationRefused:
            continue
        clock.sleep(timedelta(hours=2).total_seconds())
        if len(centre.truths) > before:
            inputs = {one.name: one.value for one in model.inputs}
            case = MigrationCase(
                vm=vm.instance_uuid,
                group=group_of(vm),
                site_path=site_path(now.host(vm.host), destination),
                host_pair=host_pair(vm.host, destination.ref),
                memory_mib=inputs["memory"],
                bandwidth_mib_s=inputs["bandwidth"],
                dirty_mib_s=None,
                physical_s=model.duration_p50_s,
            )
            calibrator.learn(case, centre.truths[-1].duration_s)
    return with_learnt_durations(inventory, POLICY.migration, calibrator.calibration)


if __name__ == "__main__":
    main()
