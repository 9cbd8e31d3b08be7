"""A plan: moves with start and end times, in seconds from the plan's start."""

from dataclasses import dataclass

from recommender.placement.result import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One move in time. ``depends_on``: numbers of steps that must have ended well before this one may start."""

    __pydantic_config__ = {"extra": "forbid"}

    number: int
    move: Move
    start_s: float
    end_s: float
    depends_on: tuple[int, ...] = ()

    @property
    def duration_s(self) -> float:
        """Median, with the links it shares in this plan; its move's estimate is that of a migration alone."""
        return self.end_s - self.start_s

    @property
    def duration_p95_s(self) -> float:
        """The p95 of the estimate, stretched by sharing as the median is."""
        alone_s = self.move.estimate.duration_p50_s
        return self.move.estimate.duration_p95_s * (max(1.0, self.duration_s / alone_s) if alone_s > 0 else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Moves that no order of starts and ends can carry out without breaking a rule on the way."""

    __pydantic_config__ = {"extra": "forbid"}

    moves: tuple[Move, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A timeline: steps sorted by start, then number.

    ``makespan_s``: end of the last step at median durations; ``makespan_p95_s``: the same at p95 durations.
    ``makespan_lower_bound_s``: no order of these moves is proven to be shorter than this.
    """

    __pydantic_config__ = {"extra": "forbid"}

    steps: tuple[PlanStep, ...]
    makespan_s: float
    makespan_p95_s: float
    makespan_lower_bound_s: float
    blocked: tuple[Blocked, ...] = ()
