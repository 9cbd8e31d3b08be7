"""The attempts at an evacuation of which migrations failed: what failed in each, and why."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from recommender.actuation.step_result import StepResult
from recommender.inventory.inventory import Inventory
from recommender.ports import StepState
from recommender.report.json_document import entity_document
from recommender.report.move_ends import move_destination
from recommender.report.names import Names
from recommender.report.text import plain

Attempts = Sequence[tuple[str, Sequence[StepResult]]]  # of each attempt its plan's id and its steps


def print_attempts(console: Console, inventory: Inventory, attempts: Attempts) -> None:
    """A line for each migration that did not succeed in an attempt that others followed."""
    names = Names(inventory)
    for number, (plan_id, steps) in enumerate(attempts, start=1):
        if number == len(attempts):
            console.print(f"attempt {number}  plan {plan_id[:12]}: {len(steps)} migrations, the last attempt:")
            return
        lost = [result for result in steps if result.outcome.state is not StepState.DONE]
        console.print(f"attempt {number}  plan {plan_id[:12]}: {len(lost)} of {len(steps)} migrations not done")
        for result in lost:
            move, outcome = result.step.move, result.outcome
            way = f"{names.of(move.vm)} to {move_destination(names, move)}"
            console.print(f"           {way} {outcome.state.value}: {plain(outcome.detail)}", soft_wrap=True)


def attempts_document(inventory: Inventory, attempts: Attempts) -> list[dict[str, Any]]:
    """Each attempt with its steps; empty where there was but one."""
    return [
        {
            "attempt": number,
            "plan_id": plan_id,
            "steps": [
                {
                    "number": result.number,
                    "vm": entity_document(inventory, result.step.move.vm),
                    "destination": entity_document(inventory, result.step.move.destination),
                    "state": result.outcome.state.value,
                    "detail": result.outcome.detail,
                }
                for result in steps
            ],
        }
        for number, (plan_id, steps) in enumerate(attempts, start=1)
    ]
