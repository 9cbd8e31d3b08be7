"""Rolling maintenance of whole fleets: waves, migrations for each VM, and what planning it costs.

``python -m tests.benchmark.rolling FLEET.json …``, fleets as in ``tests.benchmark.placement``.
"""

import sys
from pathlib import Path
from time import process_time

from recommender.planning.rolling.maintenance import RollingRequest, plan_rolling_maintenance
from recommender.policy import Policy
from tests.benchmark.fleet_documents import inventory_of, read_fleet


def main(paths: list[str]) -> None:
    """Print one row a fleet."""
    print("| fleet | CPU s | waves | migrations a VM | with the way home | hosts stuck |")
    print("|---|---:|---:|---:|---:|---:|")
    for path in map(Path, paths):
        inventory = inventory_of(read_fleet(path))
        hosts = tuple(host.ref for host in inventory.hosts)
        began_s = process_time()
        rolling = plan_rolling_maintenance(RollingRequest(inventory=inventory, policy=Policy(), hosts=hosts))
        spent_s = process_time() - began_s
        on_the_way = sum(len(wave.moves) for wave in rolling.waves) / rolling.vms
        print(
            f"| {path.stem} | {spent_s:.1f} | {len(rolling.waves)} | {on_the_way:.2f} | {rolling.moves_per_vm:.2f} "
            f"| {len(rolling.stuck)} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
