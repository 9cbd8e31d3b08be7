"""How far predictions of the total time are off, against measured migrations: ``python -m tests.benchmark.prediction``.

Without an argument: ``data/qemu_migrations.csv``, migrations between two QEMU processes measured for this project, the
guest writing at an exact rate and in an exact pattern; those of one VM at a time, without accelerators and without
added round-trip time. With the path of the measurements of Jo, Cho and Egger (*A Machine Learning Approach to Live
Migration Modeling*, SoCC 2017; not ours to distribute): plain pre-copy, the last 40 % by time, dirty rate measured,
working set unknown. QEMU never slows the guest, so neither does the model here; bandwidth is the link's, never what
was measured during the migration itself.
"""

import csv
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from recommender.migration.precopy import precopy
from recommender.migration.vm_inputs import WORKING_SET_SHARE
from recommender.quantities import BYTES_PER_MIB

DATA = Path(__file__).parent / "data" / "qemu_migrations.csv"
PAGE_MIB = 4096 / BYTES_PER_MIB
MIB_PER_MB = 1e6 / BYTES_PER_MIB
TESTED_SHARE = 0.4
# Jo et al.: 1 GbE less its protocols, MB/s; the migration's default goal in QEMU of their time, 0.3 s.
GIGABIT_MB_S = 117.3
QEMU_GOAL_S = 0.3

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """One migration: its inputs, its total time, and the group it is reported in."""

    group: str
    memory_mib: float
    working_set_mib: float
    dirty_mib_s: float
    bandwidth_mib_s: float
    goal_s: float
    seconds: float


def naive(run: Measured) -> float:
    """V / B: the guest is ignored."""
    return run.memory_mib / run.bandwidth_mib_s


def textbook(run: Measured) -> float:
    """Rounds with min(D · T, V): every write meets a clean page of a memory that is written evenly."""
    to_send, sent = run.memory_mib, 0.0
    for _ in range(30):
        sent += to_send
        to_send = min(run.dirty_mib_s * to_send / run.bandwidth_mib_s, run.memory_mib)
        if to_send <= run.bandwidth_mib_s * run.goal_s:
            break
    return (sent + to_send) / run.bandwidth_mib_s


def saturating(run: Measured) -> float:
    """What the product computes, without its fixed seconds."""
    copy = precopy(
        memory_mib=run.memory_mib,
        working_set_mib=run.working_set_mib,
        dirty_mib_s=run.dirty_mib_s,
        bandwidth_mib_s=run.bandwidth_mib_s,
        switchover_goal_s=run.goal_s,
        max_slowdown=None,
    )
    return copy.sent_mib / run.bandwidth_mib_s


MODELS: tuple[tuple[str, Callable[[Measured], float]], ...] = (
    ("V / B", naive),
    ("textbook, min(D T, V)", textbook),
    ("saturating (ours)", saturating),
)


def read(path: Path) -> list[Measured]:
    """The usable migrations of a file of either kind, told apart by its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return list(_qemu(rows) if "fill_pages" in rows[0] else _jo(rows))


def _qemu(rows: list[dict[str, str]]) -> Iterator[Measured]:
    for row in rows:
        is_plain = row["status"] == "completed" and row["concurrent"] == "1" and not row["caps"]
        if is_plain and row["zero_rest"] == "0" and float(row["net_rtt_ms"]) == 0:
            link_mb_s = min(float(row["cap_mbs"]), float(row["net_rate_mbs"]) or float("inf"))
            yield Measured(
                group=row["pattern"],
                memory_mib=int(row["fill_pages"]) * PAGE_MIB,
                working_set_mib=int(row["ws_pages"]) * PAGE_MIB,
                dirty_mib_s=float(row["rate_pps"]) * PAGE_MIB,
                bandwidth_mib_s=link_mb_s * MIB_PER_MB,
                goal_s=float(row["downtime_ms"]) / 1000,
                seconds=float(row["total_ms"]) / 1000,
            )


def _jo(rows: list[dict[str, str]]) -> Iterator[Measured]:
    plain = sorted(
        (row for row in rows if row["Migration Technique"] == "original"), key=lambda row: row["Migration ID"]
    )
    for row in plain[ceil(len(plain) * (1 - TESTED_SHARE)) :]:
        memory_mib = float(row["VM_SIZE (MB)"])
        # The column of available bandwidth is data over time, which is the answer; the configured rate is not.
        link_mb_s = min(float(row["Page transfer rate (MB/s)"]) / MIB_PER_MB, GIGABIT_MB_S)
        yield Measured(
            group=row["Workload"],
            memory_mib=memory_mib,
            working_set_mib=WORKING_SET_SHARE * memory_mib,
            dirty_mib_s=float(row["Page Dirty Rate (4KB pages per second)"]) * PAGE_MIB,
            bandwidth_mib_s=link_mb_s * MIB_PER_MB,
            goal_s=QEMU_GOAL_S,
            seconds=float(row["Total Migration Time (ms)"]) / 1000,
        )


def main() -> None:
    """Print one table: a model a column, mean / median / 90th percentile of the relative error a group."""
    runs = read(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    print("| migrations | number | " + " | ".join(name for name, _ in MODELS) + " |")
    print("|---|---:|" + "---:|" * len(MODELS))
    for group in ("all", *sorted({run.group for run in runs})):
        chosen = [run for run in runs if group in ("all", run.group)]
        print(f"| {group} | {len(chosen)} | " + " | ".join(_errors(chosen, model) for _, model in MODELS) + " |")
    print("\nError of the total time in %: mean / median / 90th percentile.")


def _errors(runs: list[Measured], model: Callable[[Measured], float]) -> str:
    errors = sorted(100 * abs(model(run) - run.seconds) / run.seconds for run in runs)
    at = [errors[ceil(len(errors) * share) - 1] for share in (0.5, 0.9)]
    return f"{sum(errors) / len(errors):.1f} / {at[0]:.1f} / {at[1]:.1f}"


if __name__ == "__main__":
    main()
