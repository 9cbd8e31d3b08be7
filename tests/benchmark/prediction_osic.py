"""Predictions of OpenStack migrations of which only file, flavour and iteration are known: learning alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from recommender.migration.calibration import MigrationCase
from recommender.migration.calibrator import Calibrator
from tests.benchmark.accuracy import Pair, line
from tests.benchmark.prediction_qemu import Row

LEARNT_ITERATIONS = 20
# Flavours differ by a factor of two in memory. Without a bandwidth this says nothing but *larger takes longer*.
FLAVOUR_MIB = {"small": 2048.0, "medium": 4096.0, "large": 8192.0}
ANY_MIB_S = 250.0


def osic_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The line of the table: iterations 1 to 20 are learnt, all later ones predicted."""
    files: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        files[row["file"]].append(row)
    pairs: list[Pair] = []
    for of_file in files.values():
        calibrator = Calibrator()
        for row in sorted(of_file, key=lambda row: int(row["iteration"])):
            if int(row["iteration"]) <= LEARNT_ITERATIONS:
                calibrator.learn(_case(row), float(row["seconds"]))
        said: dict[str, float] = {}
        for row in of_file:
            if int(row["iteration"]) > LEARNT_ITERATIONS:
                if row["flavor"] not in said:
                    said[row["flavor"]] = calibrator.predict(_case(row)).seconds
                pairs.append((said[row["flavor"]], float(row["seconds"])))
    yield line("osic, iterations after the 20th", pairs, "5 / – / 12")


def _case(row: Row) -> MigrationCase:
    memory_mib = FLAVOUR_MIB.get(row["flavor"], FLAVOUR_MIB["medium"])
    return MigrationCase(
        vm="",
        group=row["flavor"],
        site_path=row["file"],
        host_pair=row["file"],
        memory_mib=memory_mib,
        bandwidth_mib_s=ANY_MIB_S,
        dirty_mib_s=None,
        physical_s=3 + memory_mib / ANY_MIB_S,
    )
