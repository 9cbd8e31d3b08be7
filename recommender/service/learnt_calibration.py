"""What was learnt so far: a calibration that was imported or reset, and all that has finished since."""

from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.journal.calibration_file import SavedCalibration, calibration_path, read_calibration
from recommender.journal.finished_migrations import FinishedStep, finished_migrations
from recommender.migration.calibration import Calibration, MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.learnt_durations import group_of, site_path, with_learnt_durations
from recommender.policy import MigrationPolicy

# Of what the journal holds beyond the file: what is learnt anew at every start must not take seconds.
MOST_NEWS: Final = 1_000
# A vMotion takes seconds of preparations alone. A task that is over sooner moved no memory (a VM that was there
# already, a simulator's), and says nothing of those that do.
LEAST_VMOTION_S: Final = 0.5


def learnt_calibration(journal_url: str, inventory: Inventory | None) -> SavedCalibration:
    """The calibration as of now; nothing is written. Of the journal's news the ``MOST_NEWS`` latest are learnt.

    ``inventory`` tells the groups of VMs and the sites of hosts; without one both are unknown. Raises ``JournalError``
    and ``DocumentError``.
    """
    path = calibration_path(journal_url)
    saved = read_calibration(path) if path.exists() else SavedCalibration(learnt_until=None, calibration=Calibration())
    over = finished_migrations(journal_url, saved.learnt_until)
    news = [step for step in over if step.duration_s >= LEAST_VMOTION_S]
    if not news:
        return saved
    calibrator = Calibrator(saved.calibration)
    groups = {vm.instance_uuid: group_of(vm) for vm in inventory.virtual_machines} if inventory is not None else {}
    for step in news[-MOST_NEWS:]:
        calibrator.learn(_case(step, groups.get(step.instance_uuid, ""), inventory), step.duration_s)
    return SavedCalibration(learnt_until=news[-1].ended_at, calibration=calibrator.calibration)


def taught_inventory(inventory: Inventory, journal_url: str, rules: MigrationPolicy) -> Inventory:
    """``inventory`` with what finished migrations have taught. Raises ``JournalError`` and ``DocumentError``."""
    return with_learnt_durations(inventory, rules, learnt_calibration(journal_url, inventory).calibration)


def _case(step: FinishedStep, group: str, inventory: Inventory | None) -> MigrationCase:
    ends = (step.source, step.destination)
    hosts = [inventory.find_host(ref) if inventory is not None else None for ref in ends]
    return MigrationCase(
        vm=step.instance_uuid,
        group=group,
        site_path=site_path(hosts[0], hosts[1]),
        host_pair=f"{step.source} > {step.destination}",
        memory_mib=step.memory_mib,
        bandwidth_mib_s=step.bandwidth_mib_s,
        dirty_mib_s=step.dirty_mib_s,
        physical_s=step.physical_s,
    )
