"""Printing a decision with its plan, its window and its page: the same for ``plan`` and ``evacuate``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from recommender.inventory.inventory import Inventory
    from recommender.inventory.reference import EntityRef
    from recommender.journal.plan_file import SavedPlan
    from recommender.planning.windows.remedies import Remedy
    from recommender.planning.windows.window import WindowAnswer
    from recommender.service.cycle import Decision

WindowOf = Callable[[datetime], float | None]


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """Whether the plan fits, and what was tried where it does not."""

    answer: "WindowAnswer"
    remedies: "tuple[Remedy, ...]"

    @property
    def fits(self) -> bool:
        """Whether the plan is promised to be over in time."""
        return self.answer.fits


def window_answer_of(decision: "Decision", starts_at: datetime, window_of: WindowOf) -> TimedAnswer | None:
    """``None`` where nobody asked."""
    window_s = window_of(starts_at)
    if window_s is None:
        return None
    from recommender.planning.windows.window import window_answer

    answer = window_answer(decision.plan, window_s, decision.request.seed)
    return TimedAnswer(answer, () if answer.fits else _remedies(decision, answer))


def _remedies(decision: "Decision", answer: "WindowAnswer") -> "tuple[Remedy, ...]":
    from recommender.placement.rules_asked import rules_asked
    from recommender.planning.windows.remedies import LateMoves, tried_remedies

    request = decision.request
    return tried_remedies(
        LateMoves(
            inventory=request.inventory,
            policy=request.policy,
            moves=decision.result.moves,
            constraints=rules_asked(request),
            answer=answer,
            seed=request.seed,
        )
    )


def print_decision(console: "Console", inventory: "Inventory", decision: "Decision", timed: TimedAnswer | None) -> None:
    """For a person: what moves and why, when, and whether it fits."""
    from recommender.placement.conflicts.diagnosis import diagnose
    from recommender.report.plan_timeline import print_plan
    from recommender.report.plan_window import print_window
    from recommender.report.recommendation import print_recommendation

    print_recommendation(console, inventory, decision.result, diagnose(decision.request, decision.result))
    console.print()
    print_plan(console, inventory, decision.plan)
    if timed is not None:
        print_window(console, inventory, timed.answer, inventory.taken_at, timed.remedies)


def print_who_moves(console: "Console", inventory: "Inventory", saved: "SavedPlan") -> None:
    """Say it where vCenter makes the migrations: then the plan is our forecast of them."""
    if not saved.by_vcenter or saved.forecast is None:
        return
    from recommender.report.names import Names

    names = Names(inventory)
    own = names.all_of(tuple(step.move.vm for step in saved.plan.steps))
    console.print(
        f"forecast   DRS is fully automated: vCenter empties {names.all_of(saved.by_vcenter)} by itself once "
        f"maintenance mode is asked for; {len(saved.forecast.steps)} of these migrations are our forecast of that"
        + (f"; we make {len(saved.plan.steps)} ourselves before: {own}" if own else ", and we make none"),
        soft_wrap=True,
    )


def question_of(saved: "SavedPlan") -> str:
    """What a person is asked before anything is sent."""
    if not saved.by_vcenter:
        return f"Start these {len(saved.plan.steps)} migrations now?"
    ours = f"Start {len(saved.plan.steps)} migrations, then ask" if saved.plan.steps else "Ask"
    hosts = f"{len(saved.by_vcenter)} host{'s' if len(saved.by_vcenter) > 1 else ''}"
    return f"{ours} vCenter now to bring {hosts} into maintenance mode, emptying them by itself?"


def tell_decision(
    inventory: "Inventory",
    decision: "Decision",
    timed: TimedAnswer | None,
    output: str,
    *,
    by_vcenter: "tuple[EntityRef, ...]" = (),
) -> None:
    """The decision as the command's answer, in the form asked for. ``by_vcenter``: hosts that vCenter empties."""
    from recommender.placement.conflicts.diagnosis import diagnose
    from recommender.report.conflict import diagnosis_document
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps, entity_document, recommendation_document
    from recommender.report.plan_window import window_document

    if output == "json":
        document = recommendation_document(inventory, decision.result, decision.plan)
        document |= diagnosis_document(inventory, diagnose(decision.request, decision.result))
        if timed is not None:
            document["window"] = window_document(inventory, timed.answer, timed.remedies)
        if by_vcenter:
            document["by_vcenter"] = [entity_document(inventory, host) for host in by_vcenter]
        click.echo(dumps(document))
    else:
        print_decision(data_console(), inventory, decision, timed)


def write_page(path: Path, inventory: "Inventory", decision: "Decision", timed: TimedAnswer | None) -> None:
    """The plan as one page for a browser. A file that cannot be written is a usage error."""
    from recommender.report.plan_page import plan_page

    try:
        answer, remedies = (timed.answer, timed.remedies) if timed is not None else (None, ())
        page = plan_page(inventory, decision.plan, inventory.taken_at, answer, remedies)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint="--html") from error
    click.echo(f"{path}: written", err=True)
