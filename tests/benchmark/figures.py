"""Measures placement for every size there is a fleet of, and prints the table of aims: medians over the seeds.

Run: ``python -m tests.benchmark.figures FOLDER``, a folder with ``fleet/1`` files named by kind, hosts and seed:
``r32-1.json`` (rules), ``b32-1.json``, ``b96-1.json``, ``b500-1.json`` … (balance). What there is no file of is left
out. CPU seconds from the inventory in memory to the result; each fleet is measured in a process of its own, for its
peak of memory. *Trial cost*: a move gains its cost once, no price on hot hosts.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

Row = dict[str, Any]

QUESTIONS = (
    ("r32", "rules"),
    ("b32", "eleven"),
    ("b32", "eleven-all-converge"),
    ("b96", "trial"),
    ("b500", "trial"),
    ("b2500", "trial"),
    ("r96", "evacuate-1"),
    ("r96", "evacuate-24"),
)
COLUMNS = ("cpu_s", "imports_s", "peak_mib", "moves", "cpu_highest", "gap_percent", "rules_broken", "remark")


def main() -> None:
    """Read the arguments; measure all, or one fleet for one question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, metavar="FOLDER")
    parser.add_argument("--one", metavar="QUESTION", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.path, arguments.one)))
        return
    print("| fleet | question | seeds | " + " | ".join(COLUMNS) + " |\n|---|---|---:|" + "---:|" * len(COLUMNS))
    for kind, question in QUESTIONS:
        files = sorted(arguments.path.glob(f"{kind}-*.json"))
        if files:
            print(line(kind, question, [_apart(path, question) for path in files]), flush=True)


def _apart(path: Path, question: str) -> Row:
    command = [sys.executable, "-m", "tests.benchmark.figures", str(path), "--one", question]
    row: Row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return row


def line(kind: str, question: str, rows: Sequence[Row]) -> str:
    """Medians; the remarks of all seeds."""

    def cell(column: str) -> str:
        values = [row[column] for row in rows if row[column] is not None]
        if column == "remark":
            return "; ".join(filter(None, values))
        return f"{statistics.median(values):.3f}".rstrip("0").rstrip(".") if values else "–"

    return f"| {kind} | {question} | {len(rows)} | " + " | ".join(map(cell, COLUMNS)) + " |"


def measured(path: Path, question: str) -> Row:
    """One fleet and one question."""
    began = time.process_time()
    from recommender.constraints.check import violations_in  # noqa: PLC0415  # what importing takes is measured too
    from recommender.constraints.registry import constraints_for  # noqa: PLC0415
    from recommender.placement.answer import inventory_after, inventory_at  # noqa: PLC0415
    from recommender.placement.solve import solve  # noqa: PLC0415
    from tests.benchmark.fleet_documents import inventory_of, read_fleet  # noqa: PLC0415
    from tests.benchmark.placement import highest, removal_bound  # noqa: PLC0415
    from tests.benchmark.questions import request_of  # noqa: PLC0415
    from tests.benchmark.workload_balance import best_workload_balance  # noqa: PLC0415

    imports_s = time.process_time() - began
    request = request_of(inventory_of(read_fleet(path)), question)
    began = time.process_time()
    result = solve(request)
    cpu_s = time.process_time() - began
    after = inventory_after(request.inventory, result.moves)
    remark = ""
    if request.policy.max_moves is not None:
        bound = removal_bound(request.inventory, request.policy.max_moves)
        other = best_workload_balance(request.inventory, request.policy.max_moves)
        watcher = highest(inventory_at(request.inventory, other), "cpu")
        remark = (
            f"{highest(after, 'cpu') / bound:.3f} × removal bound {bound:.3f}, workload_balance {watcher / bound:.3f} ×"
        )
    return {
        "cpu_s": cpu_s,
        "imports_s": imports_s,
        "peak_mib": getrusage(RUSAGE_SELF).ru_maxrss // 1024,
        "moves": len(result.moves),
        "cpu_highest": highest(after, "cpu"),
        "gap_percent": None if result.gap is None else 100 * result.gap,
        "rules_broken": len(violations_in(constraints_for(request.policy, evacuate=request.evacuate), after)),
        "remark": remark,
    }


if __name__ == "__main__":
    main()
