"""What would make a risky migration less risky, with numbers: more bandwidth, a quieter hour, or moving it cold."""

from collections.abc import Iterator
from typing import Final

from recommender.inventory.load import QuietHour
from recommender.migration.estimate import RiskClass
from recommender.migration.memory_time import memory_time
from recommender.migration.risk import NOT_CONVERGING_RATIO, WARNING_RATIO
from recommender.migration.uncertainty import MemoryCases
from recommender.policy import MigrationPolicy
from recommender.quantities import mbit_s_from_mib_s

MINIMUM_MBIT_S: Final = 250  # vSphere's networking requirement for each vMotion at a time


def advice(
    rules: MigrationPolicy,
    memory: MemoryCases | None,
    *,
    risk: RiskClass,
    duration_p95_s: float,
    disks_s: float,
    quiet: QuietHour | None,
) -> tuple[str, ...]:
    """Sentences, the least intrusive first; none for a safe migration. ``disks_s``: of ``duration_p95_s``."""
    return (
        ()
        if risk is RiskClass.SAFE or memory is None
        else tuple(_sentences(rules, memory, duration_p95_s=duration_p95_s, disks_s=disks_s, quiet=quiet))
    )


def _sentences(
    rules: MigrationPolicy, memory: MemoryCases, *, duration_p95_s: float, disks_s: float, quiet: QuietHour | None
) -> Iterator[str]:
    worse = memory.worse
    ratio = worse.dirty_mib_s / worse.bandwidth_mib_s
    if quiet is not None and quiet.load_share < 1 and ratio >= WARNING_RATIO:
        yield _wait(quiet, ratio)
    fixed_s = rules.setup_s + rules.teardown_s
    times = ratio / WARNING_RATIO
    left_s = rules.max_duration_s - disks_s - fixed_s
    if duration_p95_s > rules.max_duration_s and left_s > 0:
        times = max(times, (duration_p95_s - disks_s - fixed_s) / left_s)
    if times > 1:
        now = mbit_s_from_mib_s(memory.p50.bandwidth_mib_s)
        yield (
            f"more bandwidth: {now * times:,.0f} Mbit/s of payload instead of {now:,.0f} would do "
            "(faster or more vMotion adapters, or fewer migrations at a time)"
        )
    if mbit_s_from_mib_s(memory.p50.bandwidth_mib_s) < MINIMUM_MBIT_S:
        yield f"vSphere asks for {MINIMUM_MBIT_S} Mbit/s for each vMotion"
    saved_s = memory_time(worse, rules).seconds
    yield (
        f"cold: powered off it needs no memory copy, {saved_s:,.0f} s less at p95 and {fixed_s + disks_s:,.0f} s in "
        "all, but its service is down for that and for its own shutdown and start"
    )


def _wait(quiet: QuietHour, ratio: float) -> str:
    then = ratio * quiet.load_share
    verdict = "safe" if then < WARNING_RATIO else "in question" if then < NOT_CONVERGING_RATIO else "still at risk"
    return (
        f"wait: around {quiet.hour:02d}:00 UTC its load has been {quiet.load_share:.0%} of what it is now "
        f"({quiet.days} days seen), dirty rate / bandwidth then about {then:.2f} at p95: {verdict}"
    )
