"""Plan files: a plan with all that it was made from, so that exactly this can be applied later, and only once."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from recommender.inventory.reference import EntityRef
from recommender.journal.document_file import document_text, parse_document, read_document, write_document
from recommender.journal.plan_check import plan_problems
from recommender.planning.basis import PlanBasis
from recommender.planning.plan import Plan
from recommender.policy import Policy

PLAN_FORMAT: Final = "recommender-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan to be applied at most once.

    ``basis`` tells whether the world is still the one it was made for, ``evacuate`` the hosts to be emptied (and, with
    ``maintenance_mode``, put into maintenance mode), ``author`` who asked for it; ``created_at`` is aware UTC.
    ``by_vcenter``: those of them that a fully automated DRS empties once they are to enter maintenance mode, and
    ``forecast`` what it is expected to do; ``plan`` holds our own migrations alone, which come first.
    ``is_consolidation``: the hosts are emptied to be switched off, which nobody has to do.
    """

    plan: Plan
    policy: Policy
    basis: PlanBasis
    evacuate: tuple[EntityRef, ...] = ()
    created_at: datetime
    author: str = ""
    maintenance_mode: bool = False
    by_vcenter: tuple[EntityRef, ...] = ()
    forecast: Plan | None = None
    is_consolidation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "Plan"}

    format: Literal["recommender-plan/1"]
    created_at: datetime
    author: str
    evacuate: tuple[EntityRef, ...]
    maintenance_mode: bool
    plan: Plan
    policy: Policy
    basis: PlanBasis
    by_vcenter: tuple[EntityRef, ...] = ()
    forecast: Plan | None = None
    is_consolidation: bool = False


_ADAPTER: Final = TypeAdapter(_Document)


def read_plan(path: Path) -> SavedPlan:
    """The plan in a file, its time in UTC. Raises ``DocumentError`` with every problem and its place."""
    return _saved(read_document(path, _ADAPTER, PLAN_FORMAT, plan_problems))


def parse_plan(text: str, origin: str) -> SavedPlan:
    """The plan in a text of ``plan_text``, which comes from ``origin``. Raises ``DocumentError`` as ``read_plan``."""
    return _saved(parse_document(text, origin, _ADAPTER, PLAN_FORMAT, plan_problems))


def _saved(document: _Document) -> SavedPlan:
    return SavedPlan(
        plan=document.plan,
        policy=document.policy,
        basis=document.basis,
        evacuate=document.evacuate,
        created_at=document.created_at.astimezone(UTC),
        author=document.author,
        maintenance_mode=document.maintenance_mode,
        by_vcenter=document.by_vcenter,
        forecast=document.forecast,
        is_consolidation=document.is_consolidation,
    )


def write_plan(path: Path, saved: SavedPlan) -> None:
    """Save a plan (mode 0600, all or nothing). Raises ``DocumentError``."""
    write_document(path, _content(saved))


def plan_text(saved: SavedPlan) -> str:
    """The document as text: ASCII, and the same text for the same plan."""
    return document_text(_content(saved)) + "\n"


def plan_id(saved: SavedPlan) -> str:
    """SHA-256 of the document, 64 hexadecimal digits: a plan that was edited by hand is another plan.

    Blanks and the order of keys in a file do not matter.
    """
    canonical = json.dumps(_content(saved), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def plan_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a plan file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _ADAPTER.json_schema()


def _content(saved: SavedPlan) -> dict[str, Any]:
    document = _Document(
        format=PLAN_FORMAT,
        created_at=saved.created_at.astimezone(UTC),
        author=saved.author,
        evacuate=saved.evacuate,
        maintenance_mode=saved.maintenance_mode,
        plan=saved.plan,
        policy=saved.policy,
        basis=saved.basis,
        by_vcenter=saved.by_vcenter,
        forecast=saved.forecast,
        is_consolidation=saved.is_consolidation,
    )
    content: dict[str, Any] = _ADAPTER.dump_python(document, mode="json")
    if not saved.by_vcenter:  # a plan from before there were such keys is still the same plan
        del content["by_vcenter"], content["forecast"]
    if not saved.is_consolidation:
        del content["is_consolidation"]
    return content
