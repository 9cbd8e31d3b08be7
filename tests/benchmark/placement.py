"""Measures ``solve`` on ``fleet/1`` files, from the inventory in memory to the result, and prints one row a fleet.

Run: ``python -m tests.benchmark.placement FLEET.json …``; ``--save FOLDER`` writes the inventory documents too.
``--threshold 5`` asks that a move gains its cost once; ``--max-moves`` also prints what taking as many VMs off the
hottest hosts would reach at best; ``--evacuate N`` empties the first N hosts by name instead of balancing.
"""

import argparse
import resource
import time
from pathlib import Path

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import host_use
from recommender.journal.inventory_file import SavedInventory, write_inventory
from recommender.placement.answer import inventory_after
from recommender.placement.request import Goal, PlacementRequest
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
    parser.add_argument("--threshold", type=int, default=3, choices=range(1, 6))
    parser.add_argument("--max-moves", type=int)
    parser.add_argument("--evacuate", type=int, default=0, metavar="HOSTS")
    arguments = parser.parse_args()
    policy = Policy(migration_threshold=arguments.threshold, max_moves=arguments.max_moves)
    print(HEADER)
    for path in arguments.fleets:
        inventory = inventory_of(read_fleet(path))
        if arguments.save:
            saved = SavedInventory(inventory=inventory, policy=Policy(), recent_moves=(), seed=arguments.seed)
            write_inventory(arguments.save / f"{path.stem}.inventory.json", saved)
        began = time.process_time()
        result = solve(_request(inventory, policy, arguments.evacuate, arguments.seed))
        print(row(path.stem, time.process_time() - began, inventory, result), flush=True)
        if arguments.max_moves:
            print(f"removal bound of the highest CPU: {removal_bound(inventory, arguments.max_moves):.3f}", flush=True)


def _request(inventory: Inventory, policy: Policy, evacuated: int, seed: int) -> PlacementRequest:
    hosts = sorted(inventory.hosts, key=lambda host: host.name)[:evacuated]
    goal = Goal.EVACUATE if evacuated else Goal.BALANCE
    refs = tuple(host.ref for host in hosts)
    return PlacementRequest(inventory=inventory, policy=policy, goal=goal, evacuate=refs, seed=seed)


def removal_bound(inventory: Inventory, moves: int) -> float:
    """The lowest that the highest CPU use can be once so many VMs are taken away and brought nowhere.

    Of a host the biggest go first. Bisection over the use that is to be reached.
    """
    demands = [
        sorted((vm.cpu_demand_mhz or 0 for vm in inventory.vms_on(host.ref)), reverse=True) for host in inventory.hosts
    ]
    low, high = 0.0, max(sum(of_host) / host.cpu_mhz for of_host, host in zip(demands, inventory.hosts, strict=True))
    for _ in range(50):
        middle = (low + high) / 2
        needed = sum(
            _to_remove(of_host, middle * host.cpu_mhz) for of_host, host in zip(demands, inventory.hosts, strict=True)
        )
        low, high = (low, middle) if needed <= moves else (middle, high)
    return high


def _to_remove(demands: list[int], most_mhz: float) -> int:
    left = sum(demands)
    for count, demand in enumerate(demands):
        if left <= most_mhz:
            return count
        left -= demand
    return len(demands)


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
