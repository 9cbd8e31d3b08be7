"""CPU seconds and peak memory of reading, following and preparing for placement, over SOAP and TLS.

Run: ``python -m tests.benchmark.polling [--clusters 4] [--hosts 25] [--vms 400] [--arrays]`` (hosts and VMs of each
cluster). What answers is a recording of the vCenter simulator (``recorded_vcenter``), in a process of its own.
"""

import argparse
import gc
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.objectives.registry import objectives_for
from recommender.placement.build_problem import build_problem
from recommender.placement.free_vms import free_vms
from recommender.placement.request import PlacementRequest
from recommender.policy import Policy
from recommender.vsphere.assemble import inventory_of, part_of
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.session import Session
from recommender.vsphere.sources.following import FollowingInventorySource
from recommender.vsphere.sources.reading import read_everything
from tests.benchmark.recorded_vcenter import recorded_vcenter
from tests.contract.worlds import one_site

READS = 3


def main() -> None:
    """Print one row of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=4)
    parser.add_argument("--hosts", type=int, default=25)
    parser.add_argument("--vms", type=int, default=400)
    parser.add_argument("--changed", type=int, default=400, help="VMs that change between two readings")
    parser.add_argument("--arrays", action="store_true", help="also what placement makes of it")
    chosen = parser.parse_args()
    with recorded_vcenter(chosen.clusters, chosen.hosts, chosen.vms, changing=chosen.changed) as address:
        whole = reading(address)
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        first_s, delta_s, inventory = following(address)
    following_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    arrays = f"{arrays_s(inventory):.2f}" if chosen.arrays else "–"
    print("| hosts | VMs | full read | translated | inventory | peak MiB | first sync | changed | peak MiB | arrays |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {len(inventory.hosts):,} | {len(inventory.virtual_machines):,} | {whole[0]:.2f} | {whole[1]:.2f} "
        f"| {whole[2]:.2f} | {peak_mib:.0f} | {first_s:.2f} | {delta_s:.2f} | {following_mib:.0f} | {arrays} |"
    )


def reading(address: VCenterAddress) -> tuple[float, float, float]:
    """CPU seconds of reading, translating and making the inventory, each the median of several."""
    rows = [_one_reading(address) for _ in range(READS)]
    read_s, translating_s, making_s = (statistics.median(column) for column in zip(*rows, strict=True))
    return read_s, translating_s, making_s


def _one_reading(address: VCenterAddress) -> tuple[float, float, float]:
    session = Session(address)
    try:
        read_s, read = measured(lambda: session.reading(read_everything))
    finally:
        session.close()
    translating_s, part = measured(lambda: part_of(read, one_site))
    making_s, _ = measured(lambda: inventory_of([part], taken_at=datetime.now(UTC), site_links=()))
    return read_s, translating_s, making_s


def following(address: VCenterAddress) -> tuple[float, float, Inventory]:
    """CPU seconds of the first inventory by updates, and of the next one after 1 % of the VMs have changed."""
    session = Session(address)
    source = FollowingInventorySource([session], site_of=one_site, full_every=timedelta(days=1))
    try:
        first_s, _ = measured(source.read)
        deltas = [measured(source.read) for _ in range(READS)]
    finally:
        session.close()
    return first_s, statistics.median(took_s for took_s, _ in deltas), deltas[-1][1]


def arrays_s(inventory: Inventory) -> float:
    """CPU seconds until placement begins to search."""
    policy = Policy()
    rules = constraints_for(policy)
    request = PlacementRequest(inventory=inventory, policy=policy)
    return measured(lambda: build_problem(inventory, rules, objectives_for(policy), free_vms(request, rules)))[0]


def measured(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of ours, and what came of it."""
    gc.collect()
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


if __name__ == "__main__":
    main()
