"""CPU seconds of asking every rule what is broken in a whole fleet, rule by rule.

Run: ``python -m tests.benchmark.rule_checks [HOSTS VMS]``.
"""

import gc
import sys
from time import process_time

from recommender.constraints.registry import constraints_for
from recommender.policy import Policy
from recommender.simulation.inventory_generator import generate_inventory

SHOWN_FROM_S = 0.02


def main() -> None:
    """Print the total and every rule that takes a while."""
    hosts, vms = (int(one) for one in sys.argv[1:3]) if len(sys.argv) > 1 else (2500, 40_000)
    inventory = generate_inventory(hosts=hosts, vms=vms, seed=1, clusters=min(26, max(1, hosts // 64)))
    gc.disable()
    spent: list[tuple[float, int, str]] = []
    for rule in constraints_for(Policy()):
        before = process_time()
        broken = sum(1 for _ in rule.violations(inventory, inventory.virtual_machines))
        spent.append((process_time() - before, broken, rule.name))
    print(f"{hosts} hosts, {vms} VMs: {sum(one for one, _, _ in spent):.2f} CPU s for {len(spent)} rules")
    for seconds, broken, name in sorted(spent, reverse=True):
        if seconds >= SHOWN_FROM_S:
            print(f"{name:28} {seconds:6.2f}  {broken} broken")


if __name__ == "__main__":
    main()
