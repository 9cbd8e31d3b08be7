"""A recorded decision: the question with all that it was asked about, the answer, and what it was made with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.journal.document_file import read_document, write_document
from recommender.journal.inventory_check import inventory_problems
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult
from recommender.policy import Policy
from recommender.versions import versions

DECISION_FORMAT: Final = "recommender-decision/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """``versions``: of whatever made the answer, by name."""

    request: PlacementRequest
    result: PlacementResult
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "Recorded decision"}

    format: Literal["recommender-decision/1"]
    versions: dict[str, str]
    inventory: Inventory
    policy: Policy
    recent_moves: tuple[RecentMove, ...]
    seed: int
    goal: Goal
    evacuate: tuple[EntityRef, ...]
    among: tuple[EntityRef, ...]
    limits: SolveLimits
    answer: PlacementResult
    left_alone: tuple[tuple[EntityRef, str], ...] = ()
    failed: tuple[tuple[EntityRef, EntityRef, str], ...] = ()


_ADAPTER: Final = TypeAdapter(_Document)


def write_decision(path: Path, request: PlacementRequest, result: PlacementResult) -> None:
    """Record a decision (mode 0600, all or nothing). Raises ``DocumentError``."""
    document = _Document(
        format=DECISION_FORMAT,
        versions=versions(),
        inventory=request.inventory,
        policy=request.policy,
        recent_moves=request.recent_moves,
        seed=request.seed,
        goal=request.goal,
        evacuate=request.evacuate,
        among=request.among,
        limits=request.limits,
        answer=result,
        left_alone=request.left_alone,
        failed=request.failed,
    )
    write_document(path, _ADAPTER.dump_python(document, mode="json"))


def read_decision(path: Path) -> RecordedDecision:
    """The decision in a file. Raises ``DocumentError`` with every problem and its place."""
    document = read_document(path, _ADAPTER, DECISION_FORMAT, _problems)
    request = PlacementRequest(
        inventory=replace(document.inventory, taken_at=document.inventory.taken_at.astimezone(UTC)),
        policy=document.policy,
        goal=document.goal,
        evacuate=document.evacuate,
        among=document.among,
        recent_moves=tuple(replace(move, ended_at=move.ended_at.astimezone(UTC)) for move in document.recent_moves),
        with_curve=bool(document.answer.curve),
        seed=document.seed,
        limits=document.limits,
        left_alone=document.left_alone,
        failed=document.failed,
    )
    return RecordedDecision(request=request, result=document.answer, versions=document.versions)


def _problems(content: dict[str, Any]) -> Iterator[str]:
    yield from inventory_problems(content)
