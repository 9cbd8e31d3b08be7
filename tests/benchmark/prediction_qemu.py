"""Predictions of migrations between two QEMU processes, the guest writing at an exact rate in an exact pattern.

The engine's own stop rule, bandwidth as configured, distance by the socket buffer; QEMU never slows the guest.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import inf

from recommender.migration.concurrent_precopy import SharedMigration, concurrent_ends
from recommender.migration.dirty_rate import PageClass, hot_and_cold
from recommender.migration.paced_precopy import PacedPrecopy, paced_precopy
from recommender.migration.precopy import converges
from recommender.migration.tcp import OPENING_ROUND_TRIPS, window_mib_s
from recommender.quantities import BYTES_PER_MIB
from tests.benchmark.accuracy import Pair, line

Row = Mapping[str, str]
PAGE_MIB = 4096 / BYTES_PER_MIB
MIB_PER_MB = 1e6 / BYTES_PER_MIB
# What one QEMU process sends on the machine that all of these ran on, where nothing else limits it.
PROCESS_MIB_S = 380 * MIB_PER_MB
SHORTEST_S = 1.0
# c-BC-50-bbr-1.5-0.1C: guests B and C over 50 ms, C 1.5 s after B, first repetition, its second migration.
SET_NAME = re.compile(r"(?P<set>c-(?P<guests>[A-Z]+)-\d+-\w+-(?P<gap_s>[\d.]+)-\d+)\.(?P<place>\d)[A-Z]")


def qemu_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of the table."""
    plain = [row for row in rows if not row["caps"] and row["zero_rest"] == "0"]
    alone = [row for row in plain if row["concurrent"] == "1"]
    done = [row for row in alone if row["status"] == "completed"]
    long_enough = [row for row in done if actual_s(row) >= SHORTEST_S]
    exact = [(predicted(row).seconds, actual_s(row)) for row in long_enough if not rtt_s(row)]
    yield line("qemu, exact inputs, from 1 s", exact, "2.5 / – / 6")
    far = [row for row in done if rtt_s(row)]
    distant = [(predicted(row).seconds + OPENING_ROUND_TRIPS * rtt_s(row), actual_s(row)) for row in far]
    yield line("qemu, with round-trip time", distant, "5 / – / 12")
    yield line("qemu, end of the last of a set", list(ends_of_sets(rows)), "5 / – / 9")
    yield verdicts(alone)
    yield generated_verdicts()


def predicted(row: Row) -> PacedPrecopy:
    """One migration alone."""
    return paced_precopy(
        memory_mib(row),
        classes(row),
        speed_mib_s=speed_mib_s(row),
        cap_mib_s=float(row["cap_mbs"]) * MIB_PER_MB,
        switchover_goal_s=float(row["downtime_ms"]) / 1000,
    )


def ends_of_sets(rows: Sequence[Row]) -> Iterator[Pair]:
    """The end of the last of those that shared a link, for each set of several of which the file has all."""
    sets: defaultdict[str, list[tuple[float, Row, str]]] = defaultdict(list)
    for row in rows:
        name = SET_NAME.fullmatch(row["name"])
        if name and row["status"] == "completed":
            sets[name["set"]].append((int(name["place"]) * float(name["gap_s"]), row, name["guests"]))
    for members in sets.values():
        if len(members) == len(members[0][2]) > 1:
            caps: dict[Hashable, float] = {"link": float(members[0][1]["net_rate_mbs"]) * MIB_PER_MB}
            migrations = [_shared(start_s, row) for start_s, row, _ in members]
            goal_s = float(members[0][1]["downtime_ms"]) / 1000
            ends = concurrent_ends(migrations, caps, switchover_goal_s=goal_s, max_slowdown=None, looks_early=True)
            yield max(ends), max(start_s + actual_s(row) for start_s, row, _ in members)


def verdicts(rows: Sequence[Row]) -> str:
    """*Completes or not*, both classes apart."""
    right: defaultdict[bool, list[bool]] = defaultdict(list)
    for row in rows:
        completed = row["status"] == "completed"
        right[completed].append(predicted(row).converges == completed)
    parts = [f"{'completed' if kind else 'cancelled'} {sum(found)} of {len(found)}" for kind, found in right.items()]
    return f"| qemu, converges or not | {len(rows)} | all right | {', '.join(parts)} |"


def generated_verdicts() -> str:
    """λ from 0.8 to 1.2, working sets and goals of all sizes, against the recurrence without any limit of rounds."""
    right: defaultdict[bool, list[bool]] = defaultdict(list)
    memory, bandwidth = 8192.0, 1000.0
    for ratio in (0.8 + 0.01 * step for step in range(41)):
        for share in (0.01, 0.1, 0.3, 1.0):
            for goal_mib in (share * memory * part for part in (0.003, 0.02, 0.1, 0.25, 0.7)):
                truth = _comes_to_fit(memory, PageClass(share * memory, ratio * bandwidth), bandwidth, goal_mib)
                found = converges(
                    memory_mib=memory,
                    working_set_mib=share * memory,
                    dirty_mib_s=ratio * bandwidth,
                    bandwidth_mib_s=bandwidth,
                    switchover_goal_s=goal_mib / bandwidth,
                )
                right[truth].append(found is truth)
    parts = [f"{'yes' if kind else 'no'} {sum(found)} of {len(found)}" for kind, found in right.items()]
    return f"| generated, λ 0.8 … 1.2, converges | {sum(map(len, right.values()))} | all right | {', '.join(parts)} |"


def classes(row: Row) -> tuple[PageClass, ...]:
    """What the guest writes; nothing where it was idle."""
    working_set, dirty = int(row["ws_pages"]) * PAGE_MIB, float(row["rate_pps"]) * PAGE_MIB
    match row["pattern"]:
        case "idle":
            return ()
        case "hotcold":
            hot, writes = float(row["hot_pct"]) / 100, float(row["hotw_pct"]) / 100
            return hot_and_cold(working_set, dirty, hot_share=hot, hot_writes=writes)
        case pattern:
            return (PageClass(working_set, dirty, is_sweep=pattern == "sweep"),)


def speed_mib_s(row: Row) -> float:
    """What the process and the way carry: the shaped link, or a window each round trip."""
    link = float(row["net_rate_mbs"]) * MIB_PER_MB or inf
    buffer_mib = float(row["wmem_max"] or "inf") / BYTES_PER_MIB
    return min(PROCESS_MIB_S, link, window_mib_s(buffer_mib, rtt_ms=float(row["net_rtt_ms"])))


def memory_mib(row: Row) -> float:
    return int(row["fill_pages"]) * PAGE_MIB


def rtt_s(row: Row) -> float:
    return float(row["net_rtt_ms"]) / 1000


def actual_s(row: Row) -> float:
    return float(row["total_ms"]) / 1000


def _shared(start_s: float, row: Row) -> SharedMigration:
    return SharedMigration(
        start_s=start_s + OPENING_ROUND_TRIPS * rtt_s(row),
        memory_mib=memory_mib(row),
        classes=classes(row),
        links=("link",),
        own_mib_s=speed_mib_s(row),
    )


def _comes_to_fit(memory_mib: float, guest: PageClass, bandwidth_mib_s: float, goal_mib: float) -> bool:
    left, before = memory_mib, inf
    while left > goal_mib and left < before:
        left, before = guest.changed_mib(left / bandwidth_mib_s), left
    return left <= goal_mib
