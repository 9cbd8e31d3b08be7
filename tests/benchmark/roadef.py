"""Our own engine on the ROADEF/EURO challenge 2012 (machine reassignment), beside the best costs that are published.

The folder holds ``model_X.txt`` and ``assignment_X.txt`` in the challenge's own form, and ``best_known.csv`` with the
columns instance, initial_cost and reference. Every answer is judged by ``roadef_instance``, which knows nothing of the
engine. Run: ``python -m tests.benchmark.roadef FOLDER [--seconds 60] [--seed 1] [INSTANCE …]``.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

from tests.benchmark.roadef_instance import read_instance
from tests.benchmark.roadef_search import search

HEADER = "| instance | initial cost | ours | reference | gap to reference | s |\n|---|---:|---:|---:|---:|---:|"


def main() -> None:
    """Read the arguments and print the table; says so and ends where the data are absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("instances", nargs="*", metavar="INSTANCE", help="all of best_known.csv by default")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_intermixed_args()
    table = arguments.folder / "best_known.csv"
    if not table.is_file():
        sys.exit(f"there is no {table}: nothing is measured")
    with table.open(encoding="utf-8", newline="") as lines:
        published = {line["instance"]: line for line in csv.DictReader(lines)}
    if unknown := set(arguments.instances) - published.keys():
        sys.exit(f"{table} knows no {', '.join(sorted(unknown))}: nothing is measured")
    print(HEADER)
    for name in arguments.instances or published:
        print(row(arguments.folder, published[name], arguments.seconds, arguments.seed), flush=True)


def row(folder: Path, published: dict[str, str], seconds: float, seed: int) -> str:
    """One line of the table; raises ``ArithmeticError`` where the judge and the published costs disagree."""
    name, initial, reference = published["instance"], int(published["initial_cost"]), int(published["reference"])
    instance = read_instance(folder, name)
    if instance.cost(instance.start) != initial or instance.broken(instance.start):
        raise ArithmeticError(f"{name}: the start costs {instance.cost(instance.start)}, published is {initial}")
    begin = time.monotonic()
    place = search(instance, lambda: time.monotonic() - begin >= seconds, seed)
    took = time.monotonic() - begin
    if broken := instance.broken(place):
        raise ArithmeticError(f"{name}: the answer breaks a constraint: {broken}")
    cost = instance.cost(place)
    gap = (cost - reference) / reference
    return f"| {name} | {initial:,} | {cost:,} | {reference:,} | {100 * gap:.2f} % | {took:.0f} |"


if __name__ == "__main__":
    main()
