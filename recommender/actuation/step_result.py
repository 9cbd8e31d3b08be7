"""What is told about a step: while it is carried out, and afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recommender.planning.plan import PlanStep
from recommender.ports import StepOutcome


class StepEventKind(StrEnum):
    """What has just happened to a step."""

    CHECKED = "checked"  # before it was sent: what vCenter warns of, or why its check could not be had
    SENT = "sent"  # its call is on the way to vCenter, or was refused at once
    PROGRESS = "progress"  # vCenter tells more per cent than before
    ENDED = "ended"  # done, failed, skipped, or given up as unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvent:
    """``at`` is aware UTC. ``progress_percent`` belongs to PROGRESS, ``outcome`` to ENDED, ``notes`` to CHECKED."""

    at: datetime
    kind: StepEventKind
    step: PlanStep
    progress_percent: int | None = None
    outcome: StepOutcome | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """How a step ended. ``sent_at`` (aware UTC) is ``None`` for one that was never sent."""

    step: PlanStep
    outcome: StepOutcome
    sent_at: datetime | None = None
    ended_at: datetime

    @property
    def number(self) -> int:
        """The step's number in its plan."""
        return self.step.number

    @property
    def predicted_s(self) -> float:
        """Median predicted duration, links shared as in the plan."""
        return self.step.duration_s

    @property
    def predicted_p95_s(self) -> float:
        """Predicted duration that 95 of 100 such migrations do not exceed."""
        return self.step.duration_p95_s

    @property
    def actual_s(self) -> float | None:
        """Duration by vCenter's own times, without the queue; ``None`` where no task told it."""
        return self.outcome.duration_s


OnEvent = Callable[[StepEvent], None]


def ignore_event(event: StepEvent) -> None:
    """For those who wait for the results alone."""
    del event
