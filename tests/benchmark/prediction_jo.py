"""Predictions of plain pre-copy among the migrations of Jo, Cho and Egger, in the order of time.

*A Machine Learning Approach to Live Migration Modeling*, SoCC 2017. The data are not ours to distribute. Their
column of available bandwidth is data over time, which is the answer; here bandwidth is what was configured, or the
link's.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from recommender.migration.calibration import MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.precopy import precopy
from recommender.migration.residuals import MakeLearner
from recommender.migration.vm_inputs import WORKING_SET_SHARE
from recommender.service.boosted_residuals import boosted_residuals
from tests.benchmark.accuracy import Pair, line
from tests.benchmark.prediction_qemu import MIB_PER_MB, PAGE_MIB, Row

TESTED_SHARE = 0.4
GIGABIT_MB_S = 117.3  # 1 GbE less its protocols
# Goals of QEMU in their time and before; and rounds after which a guest's busy phase is over, where nothing slows it.
GOALS_S = (0.1, 0.3)
ROUNDS = (10, 20, 30, 60)
START_S = 0.1
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
FACTORS = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0)
CAUTION = 20  # so many migrations of a workload count as much as what holds for all


class Constants(NamedTuple):
    """The working set's share of the memory, a factor to the dirty rate, the goal, and the most rounds."""

    share: float = WORKING_SET_SHARE
    factor: float = 1.0
    goal_s: float = 0.3
    rounds: int = 60


@dataclass(frozen=True, slots=True)
class Migration:
    """One of them, in MiB, MiB/s and seconds."""

    workload: str
    memory_mib: float
    dirty_mib_s: float
    bandwidth_mib_s: float
    seconds: float


def jo_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of the table."""
    plain = sorted((row for row in rows if row["Migration Technique"] == "original"), key=lambda r: r["Migration ID"])
    migrations = [_migration(row) for row in plain]
    first = migrations[: ceil(len(migrations) * (1 - TESTED_SHARE))]
    last = migrations[len(first) :]
    yield line("jo, V / B", [(one.memory_mib / one.bandwidth_mib_s, one.seconds) for one in last], "–")
    yield line(
        "jo, as delivered, no constant fitted", [(physical_s(one, Constants()), one.seconds) for one in last], "–"
    )
    every, by_workload = fitted(first)
    yield line(
        "jo, global constants of the first 60 %", [(physical_s(o, every), o.seconds) for o in last], "9 / – / 28"
    )
    own = [(physical_s(one, by_workload.get(one.workload, every)), one.seconds) for one in last]
    yield line("jo, constants of the first 60 % by workload", own, "9 / – / 28")
    yield from _online(
        first, last, Constants(rounds=every.rounds), "jo, learning online", "5 / – / 12", is_hidden=False
    )
    yield from _online(
        first,
        last,
        Constants(rounds=every.rounds),
        "jo, learning online, with the extra",
        "5 / – / 12",
        is_hidden=False,
        learner=boosted_residuals(),
    )
    yield from _online(first, last, every, "jo, dirty rate hidden, learning online", "12 / – / 35", is_hidden=True)


def physical_s(one: Migration, constants: Constants) -> float:
    """The model alone."""
    copy = precopy(
        memory_mib=one.memory_mib,
        working_set_mib=constants.share * one.memory_mib,
        dirty_mib_s=constants.factor * one.dirty_mib_s,
        bandwidth_mib_s=one.bandwidth_mib_s,
        switchover_goal_s=constants.goal_s,
        max_slowdown=None,
        max_rounds=constants.rounds,
    )
    return START_S + copy.sent_mib / one.bandwidth_mib_s


def fitted(migrations: Sequence[Migration]) -> tuple[Constants, dict[str, Constants]]:
    """The constants with the least mean error: all four for all, and then two of them for each workload.

    Those of a workload are drawn towards what is good for all.
    """
    every = _best(migrations, [Constants(goal_s=goal_s, rounds=rounds) for goal_s in GOALS_S for rounds in ROUNDS])
    tried = [every._replace(share=share, factor=factor) for share in SHARES for factor in FACTORS]
    by_workload: defaultdict[str, list[Migration]] = defaultdict(list)
    for one in migrations:
        by_workload[one.workload].append(one)
    off = {(name, constants): _off(of_it, constants) for name, of_it in by_workload.items() for constants in tried}
    mean = {constants: sum(off[name, constants] for name in by_workload) / len(migrations) for constants in tried}
    best = {name: min(tried, key=lambda c: off[name, c] + CAUTION * mean[c]) for name in by_workload}
    return min(tried, key=mean.__getitem__), best


def _best(migrations: Sequence[Migration], tried: Sequence[Constants]) -> Constants:
    return min(tried, key=lambda constants: _off(migrations, constants))


def _off(migrations: Sequence[Migration], constants: Constants) -> float:
    return sum(abs(physical_s(one, constants) / one.seconds - 1) for one in migrations)


def _online(
    first: Sequence[Migration],
    last: Sequence[Migration],
    constants: Constants,
    what: str,
    aim: str,
    *,
    is_hidden: bool,
    learner: MakeLearner | None = None,
) -> Iterator[str]:
    calibrator = Calibrator(learner=learner)
    for one in first:
        calibrator.learn(_case(one, constants, is_hidden=is_hidden), one.seconds)
    pairs: list[Pair] = []
    held: defaultdict[str, list[bool]] = defaultdict(list)
    for one in last:
        case = _case(one, constants, is_hidden=is_hidden)
        said = calibrator.predict(case)
        pairs.append((said.seconds, one.seconds))
        for share, low_s, high_s in said.spans:
            held[f"{share:.0%}"].append(low_s <= one.seconds <= high_s)
        if said.p95_s is not None:
            held["below p95"].append(one.seconds <= said.p95_s)
        calibrator.learn(case, one.seconds)
    yield line(what, pairs, aim)
    covered = ", ".join(f"{name}: {100 * sum(seen) / len(seen):.1f}" for name, seen in held.items())
    yield f"| … its intervals cover, % | {len(last)} | ± 2 points | {covered} |"


def _case(one: Migration, constants: Constants, *, is_hidden: bool) -> MigrationCase:
    naive_s = one.memory_mib / one.bandwidth_mib_s
    return MigrationCase(
        vm="",
        group=one.workload,
        site_path="",
        host_pair="",
        memory_mib=one.memory_mib,
        bandwidth_mib_s=one.bandwidth_mib_s,
        dirty_mib_s=None if is_hidden else one.dirty_mib_s,
        physical_s=naive_s if is_hidden else physical_s(one, constants),
    )


def _migration(row: Row) -> Migration:
    link_mb_s = min(float(row["Page transfer rate (MB/s)"]) / MIB_PER_MB, GIGABIT_MB_S)
    return Migration(
        workload=row["Workload"],
        memory_mib=float(row["VM_SIZE (MB)"]),
        dirty_mib_s=float(row["Page Dirty Rate (4KB pages per second)"]) * PAGE_MIB,
        bandwidth_mib_s=link_mb_s * MIB_PER_MB,
        seconds=float(row["Total Migration Time (ms)"]) / 1000,
    )
