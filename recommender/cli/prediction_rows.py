"""Many predictions at once: rows of a CSV file, each from numbers alone, in the order of time.

A row with ``actual_s`` is predicted first and learnt from afterwards, as online; so a history can be replayed.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from recommender.errors import DocumentError
from recommender.migration.calibration import MigrationCase
from recommender.migration.calibration_why import CalibratedTime
from recommender.migration.calibrator import Calibrator
from recommender.migration.estimate import MigrationEstimate
from recommender.migration.estimate_inputs import estimate_inputs
from recommender.migration.vm_inputs import SECONDS_PER_PASS, WORKING_SET_SHARE
from recommender.policy import MigrationPolicy
from recommender.service.boosted_residuals import boosted_residuals

REQUIRED: Final = ("memory_mib", "bandwidth_mib_s")
NAMES: Final = ("name", "vm", "group", "site_path", "host_pair")
OPTIONAL: Final = ("working_set_mib", "dirty_mib_s", "hot_percent", "hot_writes_percent", "rtt_ms", "actual_s")
MOST_PERCENT: Final = 99.0
USUAL_HOT_WRITES_PERCENT: Final = 80.0
MOST: Final = 1e12
MOST_PROBLEMS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedRow:
    """One row: its ``name``, what the model says, and what is answered after what was learnt from rows before it."""

    name: str
    estimate: MigrationEstimate
    said: CalibratedTime
    actual_s: float | None

    def values(self) -> dict[str, Any]:
        """All of it under the names of the answer's columns; p95 is never below p50."""
        model, said = self.estimate, self.said
        factor = said.seconds / model.duration_p50_s
        p95_s = factor * model.duration_p95_s if said.p95_s is None else max(said.seconds, said.p95_s)
        return {
            "name": self.name,
            "duration_p50_s": said.seconds,
            "duration_p95_s": p95_s,
            "model_p50_s": model.duration_p50_s,
            "actual_s": self.actual_s,
            "downtime_p50_ms": model.downtime_p50_ms,
            "downtime_p95_ms": model.downtime_p95_ms,
            "sent_mib_p50": model.sent_mib_p50,
            "sent_mib_p95": model.sent_mib_p95,
            "rounds": len(model.rounds),
            "dirty_ratio": model.dirty_ratio,
            "converges": model.converges,
            "risk": model.risk.value,
            "risk_reason": model.risk_reason,
            "learnt": said.why,
            "guest_loss_share": model.guest_loss_share,
            "width_reason": model.width_reason if said.p95_s is None else "errors of past predictions",
        }


def predicted_rows(path: Path, rules: MigrationPolicy) -> Iterator[PredictedRow]:
    """The predictions of all rows. Raises ``DocumentError`` with every problem before the first of them."""
    rows = _read(path)
    calibrator = Calibrator(learner=boosted_residuals())
    for texts, numbers in rows:
        memory_mib, dirty_mib_s = numbers["memory_mib"], numbers.get("dirty_mib_s")
        working_set_mib = numbers.get("working_set_mib", WORKING_SET_SHARE * memory_mib)
        estimate = estimate_inputs(
            memory_mib=memory_mib,
            working_set_mib=working_set_mib,
            dirty_mib_s=working_set_mib / SECONDS_PER_PASS if dirty_mib_s is None else dirty_mib_s,
            bandwidth_mib_s=numbers["bandwidth_mib_s"],
            rtt_ms=numbers.get("rtt_ms", 0.0),
            hot_share=numbers.get("hot_percent", 0.0) / 100,
            hot_writes=numbers.get("hot_writes_percent", USUAL_HOT_WRITES_PERCENT) / 100,
            policy=rules,
        )
        case = MigrationCase(
            vm=texts["vm"],
            group=texts["group"],
            site_path=texts["site_path"],
            host_pair=texts["host_pair"],
            memory_mib=memory_mib,
            bandwidth_mib_s=numbers["bandwidth_mib_s"],
            dirty_mib_s=dirty_mib_s,
            physical_s=estimate.duration_p50_s,
            assumed_dirty_mib_s=working_set_mib / SECONDS_PER_PASS if dirty_mib_s is None else None,
        )
        actual_s = numbers.get("actual_s")
        yield PredictedRow(name=texts["name"], estimate=estimate, said=calibrator.predict(case), actual_s=actual_s)
        if actual_s is not None:
            calibrator.learn(case, actual_s)


def _read(path: Path) -> list[tuple[dict[str, str], dict[str, float]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = reader.fieldnames or []
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = error.strerror if isinstance(error, OSError) else "it is not CSV in UTF-8"
        raise DocumentError(f"{path} cannot be read", [what or str(error)]) from error
    problems = [f"there is no column {name}" for name in REQUIRED if name not in columns]
    known = {*REQUIRED, *NAMES, *OPTIONAL}
    problems += [
        f"column {name!a}: there is no such column; known are {', '.join(sorted(known))}"
        for name in columns
        if name not in known
    ]
    found = []
    if not problems:
        for number, row in enumerate(rows, start=2):
            numbers = dict(_numbers(row, f"row {number}", problems))
            found.append(({name: row.get(name) or "" for name in NAMES}, numbers))
    if problems:
        more = [f"… and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise DocumentError(f"{path} cannot be used", problems[:MOST_PROBLEMS] + more)
    return found


def _numbers(row: dict[str, str], place: str, problems: list[str]) -> Iterator[tuple[str, float]]:
    if None in row:
        problems.append(f"{place}: has more cells than there are columns")
    for name in (*REQUIRED, *OPTIONAL):
        text = (row.get(name) or "").strip()
        if not text:
            if name in REQUIRED:
                problems.append(f"{place}, {name}: is empty")
            continue
        try:
            number = float(text)
        except ValueError:
            problems.append(f"{place}, {name}: is not a number")
            continue
        least = 0.001 if name in (*REQUIRED, "actual_s") else 0.0
        most = MOST_PERCENT if name.endswith("_percent") else MOST
        if isfinite(number) and least <= number <= most:
            yield name, number
        else:
            problems.append(f"{place}, {name}: is not in the range {least:g} … {most:g}")
