"""The doors to what VMs have again in another cluster: what is asked of vCenter for it, and of the journal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from recommender.inventory.reference import EntityRef
from recommender.planning.kept_settings import KeptSettings


class RestorationState(StrEnum):
    """Pending from before the VM leaves; intent right before the one call that changes its new cluster."""

    PENDING = "pending"
    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # the VM is not where it was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRestoration:
    """What a step's VM is to have again in the cluster of ``destination``, and has not yet as far as is known."""

    plan_id: str
    number: int
    kept: KeptSettings
    destination: EntityRef
    state: RestorationState = RestorationState.PENDING
    intended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsThere:
    """What of them stands, in words; ``lacking``: what could be made and is not. ``is_elsewhere``: the VM is."""

    told: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    is_elsewhere: bool = False


class SettingsMaker(Protocol):
    """vCenter's side of it."""

    def settings_there(self, kept: KeptSettings, destination: EntityRef) -> SettingsThere:
        """Look what of it the cluster of host ``destination`` has. Raises ``InventoryError``."""

    def restore_settings(self, kept: KeptSettings, destination: EntityRef, operation_id: str) -> SettingsThere:
        """Make what lacks by at most one call, and look again; its failure is told. Raises as ``settings_there``."""


class Restorations(Protocol):
    """The journal's side of it; every method raises ``JournalError``."""

    def expect(self, plan_id: str, number: int, kept: KeptSettings, destination: EntityRef) -> None:
        """Before the step is sent: this is to be made once its VM has arrived."""

    def kept_with(self, instance_uuid: str) -> tuple[KeptSettings, ...]:
        """What was kept so far, of all plans, that names the VM of this identity."""

    def intend(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        """Right before the call. Only a pending one may be."""

    def end(self, plan_id: str, number: int, state: RestorationState, detail: str, at: datetime) -> None:
        """It will not change any more; nothing happens to what a step has none of."""

    def open(self) -> tuple[OpenRestoration, ...]:
        """Those that have not ended, in the order of plans and steps."""
