"""Live migrations that were carried out and are over: what was known before each, and how long it took."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from recommender.inventory.reference import EntityRef
from recommender.journal.connections import Connections
from recommender.journal.tables import plans, steps
from recommender.migration.estimate import MigrationKind
from recommender.migration.stated_inputs import without_learning
from recommender.ports import StepState

MEASURED: Final = "measured"  # the origin of a dirty rate that nobody had to assume


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedStep:
    """A vMotion without disks. ``physical_s``: what the model alone had said; ``dirty_mib_s``: ``None`` if assumed."""

    ended_at: datetime
    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    memory_mib: float
    bandwidth_mib_s: float
    dirty_mib_s: float | None
    physical_s: float
    duration_s: float
    assumed_dirty_mib_s: float | None = None


class FinishedMigrations:
    """Those that a journal holds; every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def after(self, since: datetime | None, *, most: int) -> tuple[FinishedStep, ...]:
        """The ``most`` latest of those that ended after ``since``, oldest first."""
        ended = [steps.c.ended_at > since] if since is not None else []
        query = (
            select(steps, plans.c.document)
            .join(plans, plans.c.id == steps.c.plan_id)
            .where(
                steps.c.state == StepState.DONE.value,
                steps.c.duration_s.is_not(None),
                steps.c.ended_at.is_not(None),
                *ended,
            )
            .order_by(steps.c.ended_at.desc(), steps.c.plan_id.desc(), steps.c.number.desc())
            .limit(most)
        )
        documents: dict[str, dict[int, Mapping[str, Any]]] = {}
        found: list[FinishedStep] = []
        with self._connections.look() as connection:
            for row in reversed(connection.execute(query).all()):
                if row.plan_id not in documents:
                    documents[row.plan_id] = dict(_estimates(row.document))
                estimate = documents[row.plan_id].get(row.number)
                if estimate is not None:
                    found.extend(_finished(row, estimate))
        return tuple(found)


def _estimates(document: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    # The journal keeps a plan as it was given; one that cannot be read teaches nothing.
    with suppress(ValueError, KeyError, TypeError):
        for step in json.loads(document)["plan"]["steps"]:
            yield step["number"], step["move"]["estimate"]


def _finished(row: Any, estimate: Mapping[str, Any]) -> Iterator[FinishedStep]:
    with suppress(KeyError, TypeError):
        if estimate["kind"] != MigrationKind.VMOTION.value:
            return
        inputs = {one["name"]: one for one in estimate["inputs"]}
        dirty = inputs["dirty rate"]
        yield FinishedStep(
            ended_at=row.ended_at,
            instance_uuid=row.instance_uuid,
            source=row.source,
            destination=row.destination,
            memory_mib=float(inputs["memory"]["value"]),
            bandwidth_mib_s=float(inputs["bandwidth"]["value"]),
            dirty_mib_s=float(dirty["value"]) if dirty["origin"] == MEASURED else None,
            physical_s=without_learning(
                row.predicted_p50_s, {name: float(one["value"]) for name, one in inputs.items()}
            ),
            assumed_dirty_mib_s=None if dirty["origin"] == MEASURED else float(dirty["value"]),
            duration_s=row.duration_s,
        )
