"""What was learnt, for people and programs: predicted next to actual, errors by group, coverage, host pairs."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from rich.console import Console

from recommender.migration.calibration import Calibration, FinishedMigration
from recommender.migration.calibration_intervals import coverage, coverage_of_p95
from recommender.migration.calibrator import Calibrator
from recommender.migration.shared_errors import shared_share
from recommender.report.console import new_table
from recommender.report.text import plain

CALIBRATION_SUMMARY_FORMAT: Final = "recommender-calibration-summary/1"


def calibration_summary(calibration: Calibration, *, limit: int) -> dict[str, Any]:
    """JSON values. Errors are means of |predicted / actual − 1|; ``coverage`` by the interval's share."""
    finished = calibration.finished
    errors = np.array([np.log(one.actual_s / one.given_s) for one in finished])
    return {
        "format": CALIBRATION_SUMMARY_FORMAT,
        "migrations": len(finished),
        "error": _errors(finished),
        "groups": _by(finished, lambda one: one.case.group),
        "coverage": {f"{share:g}": held for share, held in coverage(errors).items()},
        "coverage_p95": coverage_of_p95(errors),
        "shared_shares": {path: shared_share(calibration, path) for path in _paths(finished)},
        "host_pairs": [
            {"host_pair": name, "slowness": fit.slowness, "overhead_s": fit.overhead_s, "quiet_migrations": fit.number}
            for name, fit in sorted(Calibrator(calibration).pair_fits().items())
        ],
        "last": [
            {
                "vm": one.case.vm,
                "host_pair": one.case.host_pair,
                "model_s": one.case.physical_s,
                "predicted_s": one.given_s,
                "actual_s": one.actual_s,
            }
            for one in reversed(finished[-limit:])
        ],
    }


def print_calibration(console: Console, summary: dict[str, Any]) -> None:
    """Print the summary; a sentence where nothing was learnt."""
    if not summary["migrations"]:
        console.print("Nothing is learnt yet: predictions are the model's own.")
        return
    table = new_table("The last migrations")
    table.add_column("VM")
    table.add_column("host pair")
    for name in ("model", "predicted", "actual"):
        table.add_column(name, justify="right")
    for one in summary["last"]:
        seconds = [f"{one[name]:.1f} s" for name in ("model_s", "predicted_s", "actual_s")]
        table.add_row(plain(one["vm"]), plain(one["host_pair"]), *seconds)
    console.print(table)
    console.print(f"\n{summary['migrations']} migrations; mean error of the total time:")
    console.print(f"  all: {_error_text(summary['error'])}", soft_wrap=True)
    for group in summary["groups"]:
        name = plain(group["name"]) or "no group known"
        console.print(f"  {name}, {group['migrations']}: {_error_text(group['error'])}", soft_wrap=True)
    if summary["coverage"]:
        held = ", ".join(f"{float(share):.0%}: {times:.1%}" for share, times in summary["coverage"].items())
        console.print(f"intervals held: {held}; p95 held: {summary['coverage_p95']:.1%}", soft_wrap=True)
    for path, share in summary["shared_shares"].items():
        name = plain(path) or "no site known"
        console.print(f"{name}: {share:.0%} of the errors' variance is shared by a night's migrations", soft_wrap=True)
    for pair in summary["host_pairs"]:
        if pair["quiet_migrations"]:
            line = f"{pair['slowness']:.2f} × the model + {pair['overhead_s']:.1f} s"
            name = plain(pair["host_pair"]) or "no host pair known"
            console.print(f"{name}: {line}, from {pair['quiet_migrations']} quiet migrations", soft_wrap=True)


def _paths(finished: Sequence[FinishedMigration]) -> list[str]:
    return sorted({one.case.site_path for one in finished})


def _by(finished: Sequence[FinishedMigration], name: Callable[[FinishedMigration], str]) -> list[dict[str, Any]]:
    groups: defaultdict[str, list[FinishedMigration]] = defaultdict(list)
    for one in finished:
        groups[name(one)].append(one)
    return [{"name": key, "migrations": len(of), "error": _errors(of)} for key, of in sorted(groups.items())]


def _errors(finished: Sequence[FinishedMigration]) -> dict[str, float | None]:
    if not finished:
        return {"model": None, "predicted": None}
    return {
        "model": float(np.mean([abs(one.case.physical_s / one.actual_s - 1) for one in finished])),
        "predicted": float(np.mean([abs(one.given_s / one.actual_s - 1) for one in finished])),
    }


def _error_text(error: dict[str, float]) -> str:
    return f"{error['predicted']:.1%} (the model alone: {error['model']:.1%})"
