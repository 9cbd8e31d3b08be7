"""Measures placement for every size there is a fleet of, and prints the table of aims: medians over the seeds.

Run: ``python -m tests.benchmark.figures FOLDER``, a folder with ``fleet/1`` files named by kind, hosts and seed:
``r32-1.json`` (rules), ``b32-1.json``, ``b96-1.json``, ``b500-1.json`` … (balance). What there is no file of is left
out. CPU seconds from the inventory in memory to the result, and of the whole ``recommend -i``; each fleet is measured
in a process of its own, for its peak of memory. *Trial cost*: a move gains its cost once, no price on hot hosts.
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
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.placement.request import PlacementRequest

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
    ("r32", "datastores"),
)
BROKEN = ("rules_broken_before", "rules_broken")
COLUMNS = ("cpu_s", "imports_s", "whole_s", "peak_mib", "moves", "cpu_highest", "gap_percent", *BROKEN, "remark")


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
    from tests.benchmark.datastores import highest as fullest  # noqa: PLC0415
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
    constraints = constraints_for(request.policy, evacuate=request.evacuate)
    before_and_after = [len(violations_in(constraints, end)) for end in (request.inventory, after)]
    remark = ""
    if request.policy.max_moves is not None:
        bound = removal_bound(request.inventory, request.policy.max_moves)
        other = best_workload_balance(request.inventory, request.policy.max_moves)
        watcher = highest(inventory_at(request.inventory, other), "cpu")
        remark = (
            f"{highest(after, 'cpu') / bound:.3f} × removal bound {bound:.3f}, workload_balance {watcher / bound:.3f} ×"
        )
    if question == "datastores":
        uses = [fullest(request.inventory, end) for end in (request.inventory, after)]
        remark = f"fullest datastore {uses[0]:.3f} → {uses[1]:.3f}"
    return {
        "cpu_s": cpu_s,
        "imports_s": imports_s,
        "whole_s": _whole_s(request),
        "peak_mib": getrusage(RUSAGE_SELF).ru_maxrss // 1024,
        "moves": len(result.moves),
        "cpu_highest": highest(after, "cpu"),
        "gap_percent": None if result.gap is None else 100 * result.gap,
        **dict(zip(BROKEN, before_and_after, strict=True)),
        "remark": remark,
    }


def _whole_s(request: "PlacementRequest") -> float | None:
    """CPU seconds of ``recommend -i``; of evacuations ``None``: their command plans as well."""
    from recommender.journal.inventory_file import SavedInventory, write_inventory  # noqa: PLC0415  # as above
    from tests.benchmark.whole_commands import measured as whole_command  # noqa: PLC0415

    if request.goal.value == "evacuate":
        return None
    saved = SavedInventory(inventory=request.inventory, policy=request.policy, recent_moves=(), seed=request.seed)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "inventory.json"
        write_inventory(file, saved)
        return whole_command(["-m", "recommender", "recommend", "-i", str(file), "--goal", request.goal.value])[0]


if __name__ == "__main__":
    main()
