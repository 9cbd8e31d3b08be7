"""Files that a schedule writes again and again: an inventory, a copy of the journal, what was learnt."""

from datetime import UTC, datetime
from pathlib import Path

from recommender.errors import DocumentError
from recommender.inventory.inventory import Inventory
from recommender.journal.backup import back_up
from recommender.journal.calibration_file import calibration_path, write_calibration
from recommender.journal.inventory_file import SavedInventory, write_inventory
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.learnt_calibration import learnt_calibration
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World
from recommender.settings.schedule import ScheduleSettings
from recommender.settings.settings import Settings


def keep_file(
    settings: Settings, schedule: ScheduleSettings, occurrence: OpenOccurrence, world: World, journal: ServiceJournal
) -> str | None:
    """Write this occurrence's file and remove the oldest beyond ``keep``; what was done, ``None`` if it is not ours.

    Raises ``DocumentError``, ``InventoryError`` and ``JournalError``.
    """
    inventory = world.source.read() if schedule.kind != "backup" else None
    if not occurrence.claim():
        return None
    if inventory is not None and schedule.kind == "calibration":
        told = _keep_what_was_learnt(settings, schedule, inventory)
        journal.record_cycle(world.clock.now(), schedule.kind, "written", told)
        return told
    now, suffix = world.clock.now(), "json" if inventory else "db"
    folder = Path(schedule.folder or ".")
    target = folder / f"{schedule.name}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.{suffix}"
    if schedule.dry_run:
        told = f"dry run: {target} would have been written"
    else:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DocumentError(f"{folder} cannot be made", [error.strerror or str(error)]) from error
        if inventory is not None:
            recent = journal.recent_moves(now - REMEMBERED)
            saved = SavedInventory(inventory=inventory, policy=settings.policy, recent_moves=recent, seed=0)
            write_inventory(target, saved)
        else:
            back_up(settings.journal.url, target)
        removed = _remove_oldest(folder, f"{schedule.name}-*Z.{suffix}", schedule.keep)
        told = f"{target} written, {removed} older ones removed"
    journal.record_cycle(now, schedule.kind, "written", told)
    return told


def _keep_what_was_learnt(settings: Settings, schedule: ScheduleSettings, inventory: Inventory) -> str:
    """Learn what has finished since, and write all of it down where the next turn and the next process begin."""
    learnt = learnt_calibration(settings.journal.url, inventory)
    target, number = calibration_path(settings.journal.url), len(learnt.calibration.finished)
    if schedule.dry_run:
        return f"dry run: {target} would have been written, {number} migrations"
    write_calibration(target, learnt)
    return f"{target} written, {number} migrations"


def _remove_oldest(folder: Path, pattern: str, keep: int) -> int:
    old = sorted(folder.glob(pattern), key=_moment_in_name)[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _moment_in_name(path: Path) -> datetime:
    return datetime.strptime(path.stem[-16:], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
