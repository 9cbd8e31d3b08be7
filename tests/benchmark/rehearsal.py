"""Thousands of rehearsed days: ``python -m tests.benchmark.rehearsal --seeds 2000 --days 0.04``.

Prints each seed that breaks an invariant, then the sums. ``recommender simulate --seed N --days D`` plays one again.
"""

import argparse
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from recommender.failpoints import Failpoint
from recommender.service.rehearsal.rehearsal import Rehearsed, rehearse


def play(seed: int, *, days: float) -> tuple[Rehearsed, float]:
    """The day without its story, and its CPU seconds."""
    began_s = time.process_time()
    told = rehearse(seed, days)
    told.story.clear()
    return told, time.process_time() - began_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--days", type=float, default=0.04)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    sums: Counter[str] = Counter()
    killed_at: Counter[Failpoint] = Counter()
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.workers) as workers:
        for told, cpu_s in workers.map(partial(play, days=asked.days), seeds, chunksize=5):
            if told.broken:
                print(told, *told.broken, sep="\n  ", flush=True)
            counts = told.counts
            killed_at.update(counts.failpoints)
            sums.update(
                events=told.events, migrations=told.migrations, across=told.across,
                kills=counts.kills, freezes=counts.freezes, takeovers=counts.takeovers,
                broken=len(told.broken), cpu_ms=round(1000 * cpu_s),
            )  # fmt: skip
    print(f"{asked.seeds} seeds of {asked.days} days:", ", ".join(f"{number} {name}" for name, number in sums.items()))
    print("killed at", ", ".join(f"{point} {killed_at[point]}" for point in Failpoint))


if __name__ == "__main__":
    main()
