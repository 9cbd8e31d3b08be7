"""What was learnt so far: a calibration that was imported or reset, and all that has finished since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from recommender.errors import DocumentError
from recommender.inventory.inventory import Inventory
from recommender.journal.calibration_file import SavedCalibration, calibration_path, read_calibration
from recommender.journal.finished_migrations import FinishedMigrations, FinishedStep
from recommender.journal.hourly_loads import HourlyLoads
from recommender.journal.store import open_read_only
from recommender.migration.calibration import Calibration, MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.estimate_move import site_path
from recommender.migration.learnt_durations import group_of, host_pair, with_learnt_durations
from recommender.migration.memory_priors import with_memory_priors
from recommender.migration.quiet_hours import HourlyLoad, with_quiet_hours
from recommender.policy import MigrationPolicy
from recommender.service.boosted_residuals import boosted_residuals

# Of what the journal holds beyond the file: what is learnt anew at every start must not take seconds.
MOST_NEWS: Final = 1_000
# A vMotion takes seconds of preparations alone. A task that is over sooner moved no memory (a VM that was there
# already, a simulator's), and says nothing of those that do.
LEAST_VMOTION_S: Final = 0.5


class Past(Protocol):
    """The part of a journal that is learnt from."""

    @property
    def finished(self) -> FinishedMigrations:
        """Live migrations that are over."""

    @property
    def hourly_loads(self) -> HourlyLoads:
        """How busy VMs usually are."""


def learnt_calibration(journal_url: str, inventory: Inventory | None) -> SavedCalibration:
    """The calibration as of now; nothing is written. Of the journal's news the ``MOST_NEWS`` latest are learnt.

    ``inventory`` tells the groups of VMs and the sites of hosts; without one both are unknown. Raises ``JournalError``
    and ``DocumentError``.
    """
    saved = _saved(journal_url)
    with open_read_only(journal_url) as journal:
        return saved if journal is None else with_news(saved, journal.finished, inventory)


def taught_inventory(inventory: Inventory, journal_url: str, rules: MigrationPolicy) -> Inventory:
    """``inventory`` with what the past has taught. Raises ``JournalError`` and ``DocumentError``."""
    saved, inventory = _saved(journal_url), with_memory_priors(inventory)
    with open_read_only(journal_url) as journal:
        if journal is not None:
            saved = with_news(saved, journal.finished, inventory)
            inventory = with_quiet_hours(inventory, journal.hourly_loads.quietest())
    return with_learnt_durations(inventory, rules, saved.calibration, boosted_residuals())


def with_news(saved: SavedCalibration, finished: FinishedMigrations, inventory: Inventory | None) -> SavedCalibration:
    """``saved`` and what ended since. Raises ``JournalError``."""
    over = finished.after(saved.learnt_until, most=MOST_NEWS)
    if not over:
        return saved
    calibrator = Calibrator(saved.calibration, boosted_residuals())
    groups = {vm.instance_uuid: group_of(vm) for vm in inventory.virtual_machines} if inventory is not None else {}
    for step in over:
        if step.duration_s >= LEAST_VMOTION_S:
            calibrator.learn(_case(step, groups.get(step.instance_uuid, ""), inventory), step.duration_s)
    return SavedCalibration(learnt_until=over[-1].ended_at, calibration=calibrator.calibration)


class Teacher:
    """What a service has learnt, kept from turn to turn, so that each migration is read from the journal once."""

    def __init__(self, journal_url: str, journal: Past, rules: MigrationPolicy) -> None:
        self._url, self._journal, self._rules = journal_url, journal, rules
        self._saved: SavedCalibration | None = None
        self._file_changed_at = 0
        self._looked_at: datetime | None = None
        self._quietest: Mapping[str, HourlyLoad] = {}

    def taught(self, inventory: Inventory) -> Inventory:
        """``inventory`` with all that the past has taught until now; once an hour the load of its VMs is kept.

        A calibration file that was imported or reset meanwhile counts from the next turn on. One that cannot be
        used is told in the log, and the model alone answers: nobody's balancing should end for it. Raises
        ``JournalError``.
        """
        self._keep_loads(inventory)
        inventory = with_quiet_hours(with_memory_priors(inventory), self._quietest)
        path = calibration_path(self._url)
        changed_at = path.stat().st_mtime_ns if path.exists() else 0
        if self._saved is None or changed_at != self._file_changed_at:
            try:
                self._saved, self._file_changed_at = _saved(self._url), changed_at
            except DocumentError as error:
                log: Any = structlog.get_logger()
                log.warning("nothing that was learnt is used", error=str(error))
                return inventory
        self._saved = with_news(self._saved, self._journal.finished, inventory)
        return with_learnt_durations(inventory, self._rules, self._saved.calibration, boosted_residuals())

    def _keep_loads(self, inventory: Inventory) -> None:
        hour = inventory.taken_at.replace(minute=0, second=0, microsecond=0)
        if hour == self._looked_at:
            return
        active = {
            vm.instance_uuid: float(vm.load.memory_active_mib)
            for vm in inventory.virtual_machines
            if vm.is_powered_on and vm.load.memory_active_mib is not None
        }
        self._journal.hourly_loads.record(inventory.taken_at, active)
        self._quietest, self._looked_at = self._journal.hourly_loads.quietest(), hour


def _saved(journal_url: str) -> SavedCalibration:
    path = calibration_path(journal_url)
    return read_calibration(path) if path.exists() else SavedCalibration(learnt_until=None, calibration=Calibration())


def _case(step: FinishedStep, group: str, inventory: Inventory | None) -> MigrationCase:
    ends = (step.source, step.destination)
    hosts = [inventory.find_host(ref) if inventory is not None else None for ref in ends]
    return MigrationCase(
        vm=step.instance_uuid,
        group=group,
        site_path=site_path(hosts[0], hosts[1]),
        host_pair=host_pair(*ends),
        memory_mib=step.memory_mib,
        bandwidth_mib_s=step.bandwidth_mib_s,
        dirty_mib_s=step.dirty_mib_s,
        physical_s=step.physical_s,
        assumed_dirty_mib_s=step.assumed_dirty_mib_s,
    )
