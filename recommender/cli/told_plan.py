"""Printing a decision with its plan, its window and its page: the same for ``plan`` and ``evacuate``."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from recommender.inventory.inventory import Inventory
    from recommender.planning.window import WindowAnswer
    from recommender.service.cycle import Decision

WindowOf = Callable[[datetime], float | None]


def window_answer_of(decision: "Decision", starts_at: datetime, window_of: WindowOf) -> "WindowAnswer | None":
    """Whether the plan fits, ``None`` where nobody asked."""
    window_s = window_of(starts_at)
    if window_s is None:
        return None
    from recommender.planning.window import window_answer

    return window_answer(decision.plan, window_s, decision.request.seed)


def print_decision(
    console: "Console", inventory: "Inventory", decision: "Decision", answer: "WindowAnswer | None"
) -> None:
    """For a person: what moves and why, when, and whether it fits."""
    from recommender.placement.diagnosis import diagnose
    from recommender.report.plan_timeline import print_plan
    from recommender.report.plan_window import print_window
    from recommender.report.recommendation import print_recommendation

    print_recommendation(console, inventory, decision.result, diagnose(decision.request, decision.result))
    console.print()
    print_plan(console, inventory, decision.plan)
    if answer is not None:
        print_window(console, inventory, answer, inventory.taken_at)


def tell_decision(inventory: "Inventory", decision: "Decision", answer: "WindowAnswer | None", output: str) -> None:
    """The decision as the command's answer, in the form asked for."""
    from recommender.placement.diagnosis import diagnose
    from recommender.report.conflict import diagnosis_document
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps, recommendation_document
    from recommender.report.plan_window import window_document

    if output == "json":
        document = recommendation_document(inventory, decision.result, decision.plan)
        document |= diagnosis_document(inventory, diagnose(decision.request, decision.result))
        if answer is not None:
            document["window"] = window_document(inventory, answer)
        click.echo(dumps(document))
    else:
        print_decision(data_console(), inventory, decision, answer)


def write_page(path: Path, inventory: "Inventory", decision: "Decision", answer: "WindowAnswer | None") -> None:
    """The plan as one page for a browser. A file that cannot be written is a usage error."""
    from recommender.report.plan_page import plan_page

    try:
        path.write_text(plan_page(inventory, decision.plan, inventory.taken_at, answer), encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint="--html") from error
    click.echo(f"{path}: written", err=True)
