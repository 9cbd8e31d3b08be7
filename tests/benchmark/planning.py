"""Measures ``schedule`` on generated moves, from moves in memory to the plan, and prints one row a size (medians).

Run: ``python -m tests.benchmark.planning``; ``--counts 50 500`` for some sizes only, ``--replay`` to check each plan.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from recommender.constraints.registry import constraints_for
from recommender.placement.result import Move
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.planning.transfers.running import Running
from recommender.planning.transfers.transfer import median_transfer
from tests.benchmark.move_fleets import POLICY, Case, evacuation, exchange

AT_A_TIME = 8
HEADER = (
    "| moves | steps | makespan s | over bound | mean end s | 8 at a time | host by host | CPU s | blocked |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", nargs="+", type=int, default=[50, 500, 5000])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--replay", action="store_true", help="check each plan, and say how long that takes")
    arguments = parser.parse_args()
    print(HEADER)
    for count in arguments.counts:
        for kind in (evacuation, exchange):
            rows = [_measured(kind(count, seed), check=arguments.replay) for seed in arguments.seeds]
            print(_row(f"{count:,} {kind.__name__}", rows), flush=True)


def _measured(case: Case, *, check: bool) -> tuple[float, ...]:
    rules = constraints_for(POLICY, evacuate=case.evacuate)
    began = time.process_time()
    plan = schedule(case.inventory, POLICY, case.moves, rules)
    cpu_s = time.process_time() - began
    if check:
        began = time.process_time()
        findings = replay(case.inventory, rules, POLICY, plan, case.moves)
        print(f"replay: {len(findings)} findings in {time.process_time() - began:.1f} CPU s", *findings[:3])
    return (
        len(plan.steps),
        plan.makespan_s,
        plan.makespan_s / plan.makespan_lower_bound_s,
        fmean(step.end_s for step in plan.steps),
        _at_a_time(case, [case.moves]),
        _at_a_time(case, _by_source(case.moves)),
        cpu_s,
        _blocked(plan),
    )


def _blocked(plan: Plan) -> int:
    return sum(len(group.moves) for group in plan.blocked)


def _row(name: str, rows: Sequence[tuple[float, ...]]) -> str:
    steps, makespan, ratio, mean, at_a_time, by_host, cpu_s, blocked = map(median, zip(*rows, strict=True))
    cells = [name, f"{steps:,.0f}", f"{makespan:,.1f}", f"{ratio:.4f}", f"{mean:,.1f}", f"{at_a_time:,.1f}"]
    return "| " + " | ".join([*cells, f"{by_host:,.1f}", f"{cpu_s:.2f}", f"{blocked:.0f}"]) + " |"


def _by_source(moves: Iterable[Move]) -> list[list[Move]]:
    groups: dict[object, list[Move]] = {}
    for move in moves:
        groups.setdefault(move.source, []).append(move)
    return list(groups.values())


def _at_a_time(case: Case, groups: Iterable[Sequence[Move]]) -> float:
    """What a person's script does: eight at once in list order, group after group; rules are not even asked."""
    end_s = 0.0
    for group in groups:
        running, waiting = Running(), list(enumerate(group))
        while waiting or len(running):
            while waiting and len(running) < AT_A_TIME:
                number, move = waiting.pop(0)
                running.start(number, median_transfer(case.inventory, POLICY, move))
            running.advance()
        end_s += running.now_s
    return end_s


if __name__ == "__main__":
    main()
