"""Why a calibrated prediction is what it is, as a table for people and as JSON."""

from typing import Any

from rich.console import Console

from recommender.migration.calibration_pairs import FEWEST_QUIET, PairFit
from recommender.migration.calibration_why import CalibrationWhy
from recommender.report.console import new_table


def print_calibration_why(console: Console, why: CalibrationWhy, pair: PairFit) -> None:
    """Print it; ``pair`` is what is known of the way that was asked about."""
    console.print("\nWhat finished migrations say")
    console.print(f"  model alone   {why.case.physical_s:.1f} s, to a host like its own in its own site")
    console.print(f"  host pair     {_pair_text(pair)}", soft_wrap=True)
    table = new_table()
    table.add_column("level")
    for name in ("migrations", "took × the model", "weight"):
        table.add_column(name, justify="right")
    for one in why.levels:
        factor = "–" if one.factor is None else f"{one.factor:.2f}"
        table.add_row(one.level, str(one.migrations) if one.migrations else "", factor, f"{one.share:.0%}")
    console.print(table)
    console.print(f"  together      {why.said.calibrated_s / why.case.physical_s:.2f} × the model (weighted median)")
    if why.learner.with_them is not None and why.learner.without is not None:
        verdict = "counts half" if why.learner.residuals is not None else "is not used"
        console.print(
            f"  learner       {verdict}: on the held-back fifth of the history off by {why.learner.with_them:.1%} with "
            f"it, {why.learner.without:.1%} without",
            soft_wrap=True,
        )
    if why.model_error is not None and why.calibrated_error is not None:
        better = "the model" if why.said.is_physical else "what was learnt"
        console.print(
            f"  judged by     the last {why.judged}: the model alone was off by {why.model_error:.1%}, what was learnt "
            f"by {why.calibrated_error:.1%}: {better} answers",
            soft_wrap=True,
        )
    console.print(f"  width         {_width_text(why)}", soft_wrap=True)


def calibration_why_document(why: CalibrationWhy, pair: PairFit) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "model_s": why.case.physical_s,
        "host_pair": {
            "quiet_migrations": pair.number,
            "overhead_s": pair.overhead_s,
            "slowness": pair.slowness,
            "is_used": pair.number >= FEWEST_QUIET,
        },
        "levels": [
            {"level": one.level, "migrations": one.migrations, "factor": one.factor, "weight": one.share}
            for one in why.levels
        ],
        "learnt_s": why.said.calibrated_s,
        "given_s": why.said.seconds,
        "model_answers": why.said.is_physical,
        "judged_on": why.judged,
        "model_error": why.model_error,
        "learnt_error": why.calibrated_error,
        "learner": {
            "is_used": why.learner.residuals is not None,
            "held_back_error_with": why.learner.with_them,
            "held_back_error_without": why.learner.without,
        },
        "past_errors": why.errors,
        "intervals": [{"share": span.share, "low_s": span.low_s, "high_s": span.high_s} for span in why.said.spans],
        "p95_s": why.said.p95_s,
    }


def _pair_text(pair: PairFit) -> str:
    if pair.number < FEWEST_QUIET:
        return f"{pair.number} quiet migrations this way, {FEWEST_QUIET} are needed to learn its bandwidth"
    return f"{pair.slowness:.2f} × the model + {pair.overhead_s:.1f} s, from {pair.number} quiet migrations"


def _width_text(why: CalibrationWhy) -> str:
    if why.said.p95_s is None:
        return f"by the model's own uncertainty: {why.errors} past errors are too few"
    inside = next(span for span in why.said.spans if span.share == 0.9)
    return (
        f"of the last {why.errors} errors: 90 of 100 between {inside.low_s:.1f} and {inside.high_s:.1f} s, 95 of 100 "
        f"below {why.said.p95_s:.1f} s"
    )
