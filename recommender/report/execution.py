"""A plan being carried out, and afterwards: predicted next to actual."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console

from recommender.actuation.step_result import StepEvent, StepEventKind, StepResult
from recommender.actuation.vcenter_evacuation import WatchedMove
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.ports import StepOutcome, StepState
from recommender.report.console import new_table
from recommender.report.fitted_table import print_fitted
from recommender.report.json_document import entity_document
from recommender.report.move_ends import move_destination, move_source
from recommender.report.names import Names
from recommender.report.quantity_text import duration_text, share_text
from recommender.report.text import plain

EXECUTION_FORMAT: Final = "recommender-execution/1"
PROGRESS_STEP_PERCENT = 25  # one line for each quarter of a migration is enough to see it live


class ProgressLines:
    """Prints one line for each thing that happens to a step."""

    def __init__(self, console: Console, inventory: Inventory) -> None:
        self._console = console
        self._names = Names(inventory)
        self._told: dict[int, int] = {}

    def __call__(self, event: StepEvent) -> None:
        """Print the event, unless it is progress too small to tell."""
        step = event.step
        if event.kind is StepEventKind.PROGRESS:
            quarter = (event.progress_percent or 0) // PROGRESS_STEP_PERCENT
            if quarter <= self._told.get(step.number, 0):
                return
            self._told[step.number] = quarter
        names, move = self._names, step.move
        way = f"{names.of(move.vm)}: {move_source(names, move)} → {move_destination(names, move)}"
        self._console.print(f"{event.at:%H:%M:%S}  step {step.number:>3}  {way}  {_happened(event)}", soft_wrap=True)


def print_results(console: Console, inventory: Inventory, results: Sequence[StepResult]) -> None:
    """One row a step: what was predicted and what came of it, then how well the prediction did."""
    names = Names(inventory)
    table = new_table("Predicted next to actual")
    for header in ("step", "VM", "from", "to", "outcome"):
        table.add_column(header, overflow="fold", no_wrap=header in ("step", "outcome"))
    for header in ("predicted p50 … p95", "actual", "error"):
        table.add_column(header, justify="right", no_wrap=True)
    for result in results:
        move, actual = result.step.move, result.actual_s
        table.add_row(
            str(result.number),
            names.of(move.vm),
            move_source(names, move),
            move_destination(names, move),
            result.outcome.state.value,
            f"{duration_text(result.predicted_s)} … {duration_text(result.predicted_p95_s)}",
            "–" if actual is None else duration_text(actual),
            "–" if actual is None else f"{100 * (result.predicted_s - actual) / actual:+.0f} %" if actual else "–",
        )
    if results:
        print_fitted(console, table, ("from", "error"))
    for result in results:
        if result.outcome.state is not StepState.DONE:
            console.print(
                f"step {result.number} {result.outcome.state.value}: {plain(result.outcome.detail)}", soft_wrap=True
            )
    timed = [(result.predicted_p95_s, result.predicted_s, result.actual_s) for result in results if result.actual_s]
    if timed:
        errors = sorted(abs(predicted - actual) / actual for _, predicted, actual in timed if actual)
        within = sum(actual is not None and actual <= p95 for p95, _, actual in timed)
        console.print(
            f"median error of the predicted time {share_text(errors[len(errors) // 2])}; "
            f"{within} of {len(timed)} within p95"
        )


def print_execution(
    console: Console,
    inventory: Inventory,
    results: Sequence[StepResult],
    maintenance: Sequence[tuple[EntityRef, StepOutcome]] = (),
    watched: Sequence[WatchedMove] = (),
) -> None:
    """What became of a whole plan."""
    print_results(console, inventory, results)
    names = Names(inventory)
    if watched:
        _print_watched(console, names, watched)
    for host, outcome in maintenance:
        console.print(
            f"maintenance mode of {names.of(host)}: {outcome.state.value}: {plain(outcome.detail)}", soft_wrap=True
        )


def _print_watched(console: Console, names: Names, watched: Sequence[WatchedMove]) -> None:
    """One row for each VM that vCenter moved, or did not: the forecast and what came of it."""
    table = new_table("What vCenter did by itself next to our forecast")
    for header in ("VM", "from", "to", "forecast to"):
        table.add_column(header, overflow="fold")
    for header in ("forecast p50 … p95", "actual"):
        table.add_column(header, justify="right", no_wrap=True)
    for move in watched:
        step = move.forecast
        table.add_row(
            names.of(move.vm),
            names.of(move.source),
            "stayed" if move.destination is None else names.of(move.destination),
            "–" if step is None else names.of(step.move.destination),
            "–" if step is None else f"{duration_text(step.duration_s)} … {duration_text(step.duration_p95_s)}",
            "–" if move.actual_s is None else duration_text(move.actual_s),
        )
    console.print(table)


def execution_document(
    inventory: Inventory,
    plan_id: str,
    results: Sequence[StepResult],
    maintenance: Sequence[tuple[EntityRef, StepOutcome]] = (),
    watched: Sequence[WatchedMove] = (),
) -> dict[str, Any]:
    """The same as JSON: one entry a step, a host that was to enter maintenance mode, and a VM that vCenter moved."""
    return {
        "format": EXECUTION_FORMAT,
        "plan_id": plan_id,
        "steps": [
            {
                "number": result.number,
                "vm": entity_document(inventory, result.step.move.vm),
                "source": entity_document(inventory, result.step.move.source),
                "destination": entity_document(inventory, result.step.move.destination),
                "state": result.outcome.state.value,
                "detail": result.outcome.detail,
                "predicted_p50_s": result.predicted_s,
                "predicted_p95_s": result.predicted_p95_s,
                "actual_s": result.actual_s,
                "sent_at": result.sent_at.isoformat() if result.sent_at else None,
                "ended_at": result.ended_at.isoformat(),
            }
            for result in results
        ],
        "maintenance": [
            {"host": entity_document(inventory, host), "state": outcome.state.value, "detail": outcome.detail}
            for host, outcome in maintenance
        ],
        "by_vcenter": [
            {
                "vm": entity_document(inventory, move.vm),
                "source": entity_document(inventory, move.source),
                "destination": None if move.destination is None else entity_document(inventory, move.destination),
                "forecast": None
                if move.forecast is None
                else {
                    "destination": entity_document(inventory, move.forecast.move.destination),
                    "predicted_p50_s": move.forecast.duration_s,
                    "predicted_p95_s": move.forecast.duration_p95_s,
                },
                "actual_s": move.actual_s,
            }
            for move in watched
        ],
    }


def _happened(event: StepEvent) -> str:
    if event.kind is StepEventKind.SENT:
        return f"started (predicted {duration_text(event.step.duration_s)})"
    if event.kind is StepEventKind.PROGRESS:
        return f"{event.progress_percent} %"
    if event.kind is StepEventKind.CHECKED:
        return f"note: {plain('; '.join(event.notes))}"
    outcome = event.outcome
    if outcome is None:
        return "ended"
    took = "" if outcome.duration_s is None else f" in {duration_text(outcome.duration_s)}"
    return f"{outcome.state.value}{took}" + ("" if outcome.state is StepState.DONE else f": {plain(outcome.detail)}")
