"""Why an answer leaves rules broken, where that can be proven: what clashes and the ways out."""

from dataclasses import dataclass

from recommender.placement.conflicts.conflict import Conflict, find_clash
from recommender.placement.conflicts.relaxations import Relaxation, relaxations_of
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """``relaxations``: each by itself is enough, tried on the whole question."""

    conflict: Conflict
    relaxations: tuple[Relaxation, ...]


def diagnose(request: PlacementRequest, result: PlacementResult) -> Diagnosis | None:
    """For an answer that leaves rules broken, and not because of a limit on moves; ``None`` if nothing is proven.

    Nothing is proven of an answer whose search was stopped: whoever stopped it does not wait for that either.
    """
    if result.is_stopped or result.status not in (SolveStatus.INFEASIBLE, SolveStatus.OUT_OF_TIME):
        return None
    clash = find_clash(request)
    if clash is None:
        return None
    return Diagnosis(conflict=clash.conflict, relaxations=relaxations_of(request, clash))
