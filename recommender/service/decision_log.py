"""What the service logs of its decisions and of what became of them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog

from recommender.actuation.step_result import StepEvent, StepEventKind
from recommender.errors import DocumentError
from recommender.inventory.inventory import Inventory
from recommender.journal.decision_file import write_decision
from recommender.placement.result import Move
from recommender.report.names import Names
from recommender.service.carry_out import CarriedOut
from recommender.service.cycle import Decision
from recommender.service.open_steps import Settled


def log_decision(kind: str, decision: Decision) -> None:
    """One event with the counts and every recommended move."""
    log: Any = structlog.get_logger()
    inventory, result = decision.request.inventory, decision.result
    names = Names(inventory)
    log.info(
        kind,
        hosts=len(inventory.hosts),
        vms=len(inventory.virtual_machines),
        status=result.status.value,
        rounds=result.rounds,
        is_stopped=result.is_stopped,
        gap=None if result.gap is None else round(result.gap, 6),
        objective_before=round(result.starting_objective.total, 3),
        objective_after=round(result.objective.total, 3),
        broken_rules_left=len(result.remaining_violations),
        unplaceable=[names.of(vm.vm) for vm in result.unplaceable],
        moves=[_told(names, move) for move in result.moves],
        makespan_s=round(decision.plan.makespan_s, 1),
        blocked=sum(len(blocked.moves) for blocked in decision.plan.blocked),
    )


def in_short(decision: Decision | str) -> tuple[str, int]:
    """Its status and its number of moves; a text is why there is no decision."""
    if isinstance(decision, str):
        return "refused", 0
    return decision.result.status.value, len(decision.result.moves)


def record_last(file: Path | None, decision: Decision) -> None:
    """Write it where the last one is kept for ``recommend --replay``; a file that cannot be written is only told."""
    if file is None:
        return
    try:
        write_decision(file, decision.request, decision.result)
    except DocumentError as error:
        log: Any = structlog.get_logger()
        log.error("the decision was not recorded", error=str(error))


def log_settled(settled: Iterable[Settled]) -> None:
    """One event for each step or call on a host that was left open; ``decided_in`` is the turn that began it."""
    log: Any = structlog.get_logger()
    for recovered in settled:
        log.warning(
            "a step of a former run was settled",
            what=str(recovered),
            **({"decided_in": recovered.turn} if recovered.turn else {}),
            state=recovered.outcome.state.value,
            detail=recovered.outcome.detail,
        )


def log_step(inventory: Inventory, event: StepEvent) -> None:
    """One event when a step is sent and one when it ends; its progress is not logged."""
    if event.kind is StepEventKind.PROGRESS:
        return
    log: Any = structlog.get_logger()
    told = {"step": event.step.number} | _told(Names(inventory), event.step.move)
    if event.notes:
        told["notes"] = list(event.notes)
    if event.outcome is not None:
        told |= {"state": event.outcome.state.value, "detail": event.outcome.detail, "took_s": event.outcome.duration_s}
    log.info("step", what=event.kind.value, **told)


def log_promise(told: str) -> None:
    """The end that was promised moves, or steps cannot follow any more."""
    log: Any = structlog.get_logger()
    log.info("the plan changes", what=told)


def outcome_text(outcome: CarriedOut) -> str:
    """``3 done, 1 skipped``, and what became of the hosts."""
    counts = Counter(result.outcome.state.value for result in outcome.steps)
    steps = ", ".join(f"{number} {state}" for state, number in counts.items()) or "no steps"
    hosts = [f"{host} maintenance mode {told.state.value}: {told.detail}" for host, told in outcome.maintenance]
    return "; ".join((steps, *hosts))


def _told(names: Names, move: Move) -> dict[str, object]:
    return {
        "vm": names.of(move.vm),
        "source": names.of(move.source),
        "destination": names.of(move.destination),
        "reason": move.reason.value,
        "priority": move.priority,
        "predicted_s": round(move.estimate.duration_p50_s, 1),
    }
