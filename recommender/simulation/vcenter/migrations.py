"""All migrations of the simulated vCenter: queued by units, then sharing links until each has ended."""

from collections.abc import Iterator
from math import inf

from recommender.inventory.reference import EntityRef
from recommender.ports import TaskRef
from recommender.simulation.vcenter.fair_shares import fair_shares
from recommender.simulation.vcenter.links import TrueLinks
from recommender.simulation.vcenter.migration_run import MigrationRun
from recommender.simulation.vcenter.units import VCenterUnits


class Migrations:
    """Migrations in the order in which they came; one that finds no units lets later ones pass."""

    def __init__(self, units: VCenterUnits, links: TrueLinks) -> None:
        self._units = units
        self._links = links
        self._runs: list[MigrationRun] = []

    def add(self, run: MigrationRun) -> None:
        """Put a migration at the end of the queue."""
        self._runs.append(run)

    def end(self, run: MigrationRun) -> None:
        """Forget a migration and give its units back."""
        self._runs.remove(run)
        if not run.is_queued:
            self._units.give_back(run.units)

    def running(self) -> tuple[MigrationRun, ...]:
        """Those under way."""
        return tuple(run for run in self._runs if not run.is_queued)

    def granted(self) -> Iterator[MigrationRun]:
        """Queued migrations that may start now; each has its units as soon as it is told."""
        for run in tuple(self._runs):
            if run.is_queued and self._units.grant(run.units):
                yield run

    def due(self) -> tuple[MigrationRun, ...]:
        """Those whose stage is over."""
        return tuple(run for run in self._runs if run.stage_is_over)

    def of_task(self, task: TaskRef) -> MigrationRun | None:
        """The migration behind a task that has not ended."""
        return next((run for run in self._runs if run.task == task), None)

    def touching(self, entity: EntityRef) -> tuple[MigrationRun, ...]:
        """Migrations of this VM, from this host or to it."""
        return tuple(run for run in self._runs if entity in (run.vm.ref, run.vm.host, run.spec.destination))

    def seconds_to_next_end(self) -> float:
        """Until the next stage is over; infinite while nothing runs."""
        rates = self._rates()
        return min((run.seconds_left(rates.get(run, 0.0)) for run in self.running()), default=inf)

    def pass_time(self, seconds: float) -> None:
        """Let everything under way go on at its fair share."""
        rates = self._rates()
        for run in self.running():
            run.pass_time(seconds, rates.get(run, 0.0))

    def _rates(self) -> dict[MigrationRun, float]:
        return fair_shares({run: run.links for run in self.running() if run.links}, self._links.mib_s)
