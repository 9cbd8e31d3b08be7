"""CPU seconds and peak memory of reading a whole inventory over SOAP from the vCenter simulator.

Run: ``python -m tests.benchmark.polling [--hosts 100] [--vms 2000]``.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from recommender.vsphere.open_vcenters import open_vcenters
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.worlds import one_site

READS = 5


def main() -> None:
    """Read a few times and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--vms", type=int, default=2000)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_simulator(Path(folder), uniform(chosen.hosts, chosen.vms)) as simulator,
        open_vcenters([simulator.address()], site_of=one_site) as (source, _),
    ):
        cpu_s, wall_s = [], []
        for _ in range(READS):
            began_cpu, began = time.process_time(), time.perf_counter()
            inventory = source.read()
            cpu_s.append(time.process_time() - began_cpu)
            wall_s.append(time.perf_counter() - began)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| hosts | VMs | first read, CPU s | median, CPU s | wall s | peak MiB |\n|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {len(inventory.hosts)} | {len(inventory.virtual_machines)} | {cpu_s[0]:.2f} "
        f"| {statistics.median(cpu_s):.2f} | {statistics.median(wall_s):.2f} | {peak_mib:.0f} |"
    )


if __name__ == "__main__":
    main()
