"""One plan carried out in the simulated data centre, on simulated time: what was predicted next to what happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.world import World
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import random_failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """``actual_s``: when the last step ended, from the start, ``None`` if none was sent.

    ``start_error`` and ``end_error``: how far steps that were done began and ended from where the plan has them, as a
    share of the plan's makespan, in the median; ``None`` if none was done. ``said``: what changed on the way.
    """

    carried: CarriedOut
    predicted_s: float
    predicted_p95_s: float
    actual_s: float | None
    start_error: float | None
    end_error: float | None
    said: tuple[str, ...]


def rehearse_plan(inventory: Inventory, saved: SavedPlan, seed: int, *, with_failures: bool) -> Rehearsed:
    """Carry ``saved`` out in ``inventory`` brought to life by ``seed``; the same seed, the same answer.

    Raises ``PlanStale`` where the plan was not made for this inventory.
    """
    clock = SimulatedClock(start=inventory.taken_at)
    calls, over_s = max(1, len(saved.plan.steps)), max(60.0, saved.plan.makespan_s)
    failures = random_failures(seed, inventory, calls=calls, duration_s=over_s) if with_failures else ()
    center = SimulatedDataCenter(inventory, clock, seed, failures=failures, limits=saved.policy.limits)
    said: list[str] = []
    began_at = clock.now()
    with _journal_for_now() as journal:
        carried = carry_out(
            saved,
            World(source=center, migrator=center, clock=clock),
            journal,
            policy=saved.policy,
            author="rehearsal",
            stop=lambda: False,
            say=said.append,
        )
    ends = [(result.ended_at - began_at).total_seconds() for result in carried.steps if result.sent_at is not None]
    done = [result for result in carried.steps if result.actual_s is not None and result.sent_at is not None]
    makespan_s = saved.plan.makespan_s or 1.0
    starts = [
        abs((result.sent_at - began_at).total_seconds() - result.step.start_s) / makespan_s
        for result in done
        if result.sent_at is not None
    ]
    finishes = [abs((result.ended_at - began_at).total_seconds() - result.step.end_s) / makespan_s for result in done]
    return Rehearsed(
        carried=carried,
        predicted_s=saved.plan.makespan_s,
        predicted_p95_s=saved.plan.makespan_p95_s,
        actual_s=max(ends, default=None),
        start_error=median(starts) if starts else None,
        end_error=median(finishes) if finishes else None,
        said=tuple(said),
    )


@contextmanager
def _journal_for_now() -> Iterator[DatabaseJournal]:
    """A real journal in a folder that is gone afterwards."""
    with TemporaryDirectory() as folder, open_journal(f"sqlite:///{Path(folder) / 'journal.db'}") as journal:
        yield journal
