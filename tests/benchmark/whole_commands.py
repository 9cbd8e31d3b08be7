"""CPU seconds and peak memory of whole commands, imports included: ``--help``, and reading saved inventories.

Run: ``python -m tests.benchmark.whole_commands [INVENTORY.json …]``.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

RUNS = 5
IMPORTS = "import recommender.cli.recommend, recommender.placement.solve, recommender.journal.inventory_file"


def main() -> None:
    """Print one row a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inventories", nargs="*", type=Path, metavar="INVENTORY.json")
    inventories: list[Path] = parser.parse_args().inventories
    print("| command | CPU s (median of 5) | peak MiB |\n|---|---:|---:|")
    commands = [("--help", ["-m", "recommender", "--help"]), ("imports of `recommend -i`", ["-c", IMPORTS])]
    for path in inventories:
        commands.append((f"recommend -i {path.name}", ["-m", "recommender", "recommend", "-i", str(path)]))
        commands.append((f"plan -i {path.name}", ["-m", "recommender", "plan", "-i", str(path)]))
    for name, arguments in commands:
        used = [measured(arguments) for _ in range(RUNS)]
        print(f"| {name} | {statistics.median(cpu_s for cpu_s, _ in used):.2f} | {max(mib for _, mib in used):.0f} |")


def measured(arguments: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MiB of one run, which has to succeed."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:  # noqa: S603  # ours
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
