"""Measures how long the rest of a plan takes to be timed anew in the middle of it, and prints one row a size.

Run: ``python -m tests.benchmark.replanning``.
"""

import argparse
import time
from statistics import median

from recommender.constraints.registry import constraints_for
from recommender.planning.replan import Progress, rest_of
from recommender.planning.schedule import schedule
from recommender.planning.transfers.transfer import median_transfer
from tests.benchmark.move_fleets import POLICY, evacuation


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", nargs="+", type=int, default=[500, 5000])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    arguments = parser.parse_args()
    print("| moves | steps | CPU s after the first end | CPU s in the middle |\n|---|---:|---:|---:|")
    for count in arguments.counts:
        rows = [_measured(count, seed) for seed in arguments.seeds]
        steps, first, middle = map(median, zip(*rows, strict=True))
        print(f"| {count:,} | {steps:,.0f} | {first:.2f} | {middle:.2f} |", flush=True)


def _measured(count: int, seed: int) -> tuple[float, ...]:
    case = evacuation(count, seed)
    plan = schedule(case.inventory, POLICY, case.moves, constraints_for(POLICY, evacuate=case.evacuate))
    transfers = [median_transfer(case.inventory, POLICY, step.move) for step in plan.steps]
    taken = []
    ends = sorted(step.end_s for step in plan.steps)
    for now_s in (ends[0], ends[len(ends) // 2]):
        done = {step.number for step in plan.steps if step.end_s <= now_s}
        running = {step.number: step.start_s for step in plan.steps if step.start_s < now_s < step.end_s}
        began = time.process_time()
        rest_of(plan, transfers, Progress(now_s=now_s, done=done, running=running))
        taken.append(time.process_time() - began)
    return (len(plan.steps), *taken)


if __name__ == "__main__":
    main()
