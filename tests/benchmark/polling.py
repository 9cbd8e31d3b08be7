"""CPU seconds and peak memory of reading, following and preparing for placement, over SOAP from the vCenter simulator.

Run: ``python -m tests.benchmark.polling [--clusters 4] [--hosts 25] [--vms 400]`` (hosts and VMs of each cluster).
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyVmomi import vim, vmodl

from recommender.constraints.registry import constraints_for
from recommender.objectives.registry import objectives_for
from recommender.placement.build_problem import build_problem
from recommender.placement.free_vms import free_vms
from recommender.placement.request import PlacementRequest
from recommender.policy import Policy
from recommender.vsphere.assemble import KnownVms, Reading, inventory_of, part_of
from recommender.vsphere.follower import Follower
from recommender.vsphere.inventory_source import read_everything
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.session import Session
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.worlds import one_site
from tests.unit.vsphere import soap

READS = 3
CHANGED_SHARE = 0.01
Query = vmodl.query.PropertyCollector


def main() -> None:
    """Print one row of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=4)
    parser.add_argument("--hosts", type=int, default=25)
    parser.add_argument("--vms", type=int, default=400)
    chosen = parser.parse_args()
    estate = uniform(chosen.hosts, chosen.vms)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_simulator(Path(folder), estate, copies=chosen.clusters - 1) as simulator,
    ):
        session = Session(simulator.address(timeout_ms=600_000))
        reads_s = [measured(lambda: session.reading(read_everything))[0] for _ in range(READS - 1)]
        last_s, reading = measured(lambda: session.reading(read_everything))
        session.close()
    known: KnownVms = {}
    translating_s, part = measured(lambda: part_of(reading, one_site, known))
    taken_at = datetime.now(UTC)
    making_s, inventory = measured(lambda: inventory_of([part], taken_at=taken_at, site_links=()))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    delta_s = statistics.median(delta(reading, known, number) for number in range(READS))
    policy = Policy()
    rules = constraints_for(policy)
    request = PlacementRequest(inventory=inventory, policy=policy)
    arrays_s, _ = measured(lambda: build_problem(inventory, rules, objectives_for(policy), free_vms(request, rules)))
    reading_s = statistics.median([*reads_s, last_s])
    print("| hosts | VMs | full read | translated | inventory | peak MiB | 1 % changed | arrays |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {len(inventory.hosts):,} | {len(inventory.virtual_machines):,} | {reading_s:.2f} | {translating_s:.2f} "
        f"| {making_s:.2f} | {peak_mib:.0f} | {delta_s:.2f} | {arrays_s:.2f} |"
    )


def measured(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of ours, and what came of it."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def delta(reading: Reading, known: KnownVms, number: int) -> float:
    """From the answer of WaitForUpdatesEx (by hand: the stock collector of the simulator is quadratic) to inventory."""
    changed = reading.facts[vim.VirtualMachine][:: round(1 / CHANGED_SHARE)]
    objects = [
        Query.ObjectUpdate(
            obj=vim.VirtualMachine(facts.moid),
            kind="modify",
            changeSet=[Query.Change(name="summary.quickStats.overallCpuUsage", op="assign", val=1000 + number)],
        )
        for facts in changed
    ]
    update = Query.FilterUpdate(filter=Query.Filter("filter-0"), objectSet=objects)
    answer = soap.answer("WaitForUpdatesEx", Query.UpdateSet(version="2", filterSet=[update], truncated=False))
    with following(reading, answer.encode() if isinstance(answer, str) else answer) as follower:

        def work() -> None:
            follower.catch_up()
            after = Reading(vcenter=reading.vcenter, facts=follower.facts)
            inventory_of([part_of(after, one_site, known)], taken_at=datetime.now(UTC), site_links=())

        return measured(work)[0]


@contextmanager
def following(reading: Reading, answer: bytes) -> Iterator[Follower]:
    """A follower that knows the reading and is told the answer."""
    follower = object.__new__(Follower)
    follower.__dict__ |= {
        "service": _Service(reading.vcenter, answer),
        "_wanted": EVERYTHING,
        "_facts": {kind: {facts.moid: facts for facts in reading.facts[kind]} for kind in EVERYTHING},
        "_version": "1",
        "_kinds": {"filter-0": vim.VirtualMachine},
        "_views": [],
        "_collector": None,
    }
    yield follower


class _Service:
    def __init__(self, vcenter: str, answer: bytes) -> None:
        self.vcenter, self.channel = vcenter, self
        self.address: Any = None
        self._answer = answer

    def answer_to(self, *_: Any) -> bytes:
        return self._answer


if __name__ == "__main__":
    main()
