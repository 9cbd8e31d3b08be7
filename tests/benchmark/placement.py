"""Measures ``solve`` on ``fleet/1`` files, from the inventory in memory to the result, and prints one row a fleet.

Run: ``python -m tests.benchmark.placement FLEET.json …``; ``--save FOLDER`` writes the inventory documents too.
"""

import argparse
import resource
import time
from pathlib import Path

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import host_use
from recommender.journal.inventory_file import SavedInventory, write_inventory
from recommender.placement.answer import inventory_after
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.benchmark.fleet_documents import inventory_of, read_fleet

HEADER = (
    "| fleet | CPU s | VMs moved | highest CPU | highest memory | objective | gap | gain gap | status | MiB RSS |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---|---:|"
)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleets", nargs="+", type=Path, metavar="FLEET.json")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="also write each fleet as a saved inventory")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(HEADER)
    for path in arguments.fleets:
        inventory = inventory_of(read_fleet(path))
        if arguments.save:
            saved = SavedInventory(inventory=inventory, policy=Policy(), recent_moves=(), seed=arguments.seed)
            write_inventory(arguments.save / f"{path.stem}.inventory.json", saved)
        began = time.process_time()
        result = solve(PlacementRequest(inventory=inventory, policy=Policy(), seed=arguments.seed))
        print(row(path.stem, time.process_time() - began, inventory, result), flush=True)


def row(name: str, cpu_s: float, inventory: Inventory, result: PlacementResult) -> str:
    """One line of the table."""
    after = inventory_after(inventory, result.moves)
    uses = [f"{highest(inventory, kind):.3f} → {highest(after, kind):.3f}" for kind in ("cpu", "memory")]
    objective = f"{result.starting_objective.total:,.1f} → {result.objective.total:,.1f}"
    rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cells = [name, f"{cpu_s:.2f}", str(len(result.moves)), *uses, objective, percent(result.gap)]
    return "| " + " | ".join([*cells, percent(result.gain_gap), result.status.value, str(rss_mib)]) + " |"


def highest(inventory: Inventory, kind: str) -> float:
    """The highest use of any available host."""
    return max(float(getattr(host_use(inventory, host), kind)) for host in inventory.hosts if host.is_available)


def percent(share: float | None) -> str:
    """A share with three digits."""
    return "unknown" if share is None else f"{100 * share:.3f} %"


if __name__ == "__main__":
    main()
