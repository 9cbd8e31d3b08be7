"""What a daemon may lead: one territory with its ports, and the worker that works there while it leads."""

import threading
from dataclasses import dataclass

from recommender.actuation.patience import Patience
from recommender.errors import JournalError
from recommender.service.leading.leadership import Leadership, leader_leases
from recommender.service.leading.sharing import Share
from recommender.service.leading.territories import Territory
from recommender.service.over_http.metrics import TurnCounts
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due import job_of
from recommender.service.worker import Worker
from recommender.service.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What this daemon may lead by itself: a territory, its ports, and a journal that nothing else here acts with."""

    territory: Territory
    world: World
    journal: ServiceJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A part at work, or standing by."""

    part: Part
    leadership: Leadership
    worker: Worker

    @classmethod
    def of(cls, part: Part, holder: str, stop: threading.Event, turns: TurnCounts, patience: Patience) -> "Branch":
        """``holder`` is this process, ``stop`` ends all its work."""
        journal = part.journal
        leadership = Leadership([journal.lease(name, holder) for name in leader_leases(part.world.vcenters or ())])
        journal.fences = leadership.leases
        worker = Worker(
            part.territory.settings,
            part.world,
            journal,
            lambda: stop.is_set() or not leadership.is_ours,
            name=holder,
            patience=patience,
            turns=turns,
        )
        return cls(part=part, leadership=leadership, worker=worker)

    @property
    def name(self) -> str:
        """The vCenters it is about."""
        return ",".join(sorted(self.part.world.vcenters or ()))

    @property
    def share(self) -> Share:
        """It as something to be shared."""
        return Share(name=self.name, leadership=self.leadership, is_busy=lambda: self.worker.is_busy)

    def job(self, kind: str) -> str:
        """What the scheduler calls a job of it."""
        return f"{kind} {self.name}".rstrip()

    def is_something_asked_for(self) -> bool:
        """Whether a person has asked for something to be run that is done here."""
        jobs = {job_of(timed) for timed in self.worker.timed}
        try:
            return any(asked.job in jobs for asked in self.part.journal.occurrences.asked())
        except JournalError:
            return False  # the worker tells
