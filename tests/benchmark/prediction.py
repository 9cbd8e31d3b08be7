"""How far predictions are off, against measured migrations: ``python -m tests.benchmark.prediction [PATH]``.

``PATH``: a folder, or files, of measured migrations; without one, those between two QEMU processes that were measured
for this project (``data``). Each prediction is made only from what was known before. One table is printed: mean /
median / 90th percentile of the relative error of the total time in per cent, next to what is aimed at.
"""

import argparse
import csv
import time
from collections.abc import Iterator
from pathlib import Path

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.load import VmLoad
from recommender.migration.fleet import vm_migration_seconds
from recommender.policy import Policy
from tests.benchmark.prediction_jo import jo_lines
from tests.benchmark.prediction_osic import osic_lines
from tests.benchmark.prediction_qemu import qemu_lines
from tests.benchmark.prediction_world import world_lines
from tests.inventories import make_host, make_inventory, make_vm

DATA = Path(__file__).parent / "data"
# Told apart by a column that only one of them has.
KINDS = {"fill_pages": qemu_lines, "VM_SIZE (MB)": jo_lines, "flavor": osic_lines}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[DATA])
    print("| migrations | number | aim | reached |\n|---|---:|---:|---:|")
    for path in parser.parse_args().paths:
        for file in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
            for line in lines_of(file):
                print(line, flush=True)
    for line in world_lines():
        print(line, flush=True)
    print(cost_of_a_fleet())


def lines_of(file: Path) -> Iterator[str]:
    """The lines of one file; none for a file of another kind."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for column, lines in KINDS.items():
        if rows and column in rows[0]:
            yield from lines(rows)


def cost_of_a_fleet() -> str:
    """CPU time of estimating 100,000 pairs of VM and host."""
    speeds = (10_000, 25_000, 40_000, 100_000)
    hosts = [
        make_host(f"h{n}", vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=speeds[n % 4]),))
        for n in range(100)
    ]
    vms = [
        make_vm(f"v{n}", f"h{n % 100}", memory=4096 + 64 * (n % 500), load=VmLoad(memory_active_mib=n))
        for n in range(1_000)
    ]
    inventory = make_inventory(hosts, vms)
    began = time.process_time()
    seconds = vm_migration_seconds(inventory, Policy(), vms, hosts)
    return f"| pairs of VM and host, CPU s | {seconds.size:,} | 1 | {time.process_time() - began:.2f} |"


if __name__ == "__main__":
    main()
