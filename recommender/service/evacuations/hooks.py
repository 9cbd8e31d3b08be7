"""The hooks of a plain evacuation: one that is asked before anything is sent, and one that is told how it ended.

They run beside the worker. A crash may let one run again: the facts say which evacuation they are about.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from recommender.actuation.patience import MOMENT
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.settings.hook import HookSettings
from recommender.settings.schedule import EvacuationSettings

BEGINS: Final = "evacuation_begins"
ENDED: Final = "evacuation_ended"


class Standing(Enum):
    """What the hooks of an evacuation say of going on with it."""

    WAITS = "waits"  # one of them runs
    TO_BE_ASKED = "to be asked"  # once a plan is made
    MAY_BEGIN = "may begin"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvacuationHooks:
    """Of one occurrence, over the turns in which it is looked at."""

    evacuation: EvacuationSettings
    occurrence: OpenOccurrence
    background: BackgroundHooks
    journal: ServiceJournal

    def standing(self, began_at: datetime) -> Standing | str:
        """What they say now, or how the evacuation ended by what they said. Raises ``JournalError``."""
        for event, hook in ((ENDED, self.evacuation.after), (BEGINS, self.evacuation.before)):
            key = self._key(event)
            if hook is None or not self.background.is_ours(key):
                continue
            heard = self.background.outcome(key)
            if heard is None:
                return Standing.WAITS
            if event == ENDED:
                failed = "" if heard.succeeded else "failed: "
                return self._over(began_at, f"{self.background.note(key)}; the hook after it: {failed}{heard.detail}")
            if not heard.succeeded:
                return self._over(began_at, f"nothing was sent: the hook before it failed: {heard.detail}")
            return Standing.MAY_BEGIN
        return Standing.MAY_BEGIN if self.evacuation.before is None else Standing.TO_BE_ASKED

    def ask(self, saved: SavedPlan, inventory: Inventory) -> None:
        """Start the hook before it."""
        if self.evacuation.before is not None:
            self._start(BEGINS, self.evacuation.before, saved, inventory, {})

    def tell(self, saved: SavedPlan, inventory: Inventory, told: str, *, is_complete: bool) -> bool:
        """Start the hook after it; whether there is one, whose end is to be waited for."""
        if self.evacuation.after is None:
            return False
        outcome = {"outcome": told, "is_complete": is_complete}
        self._start(ENDED, self.evacuation.after, saved, inventory, outcome, note=told)
        return True

    def _over(self, began_at: datetime, text: str) -> Standing | str:
        if not self.occurrence.claim():
            return Standing.WAITS
        self.journal.record_cycle(began_at, "evacuation", "hook", f"{self.evacuation.name}: {text}")
        return text

    def _start(
        self,
        event: str,
        hook: HookSettings,
        saved: SavedPlan,
        inventory: Inventory,
        more: dict[str, object],
        note: str = "",
    ) -> None:
        facts: dict[str, object] = {
            "event": event,
            "evacuation": self.evacuation.name,
            "due": self.occurrence.due.isoformat(),
            "window_ends_at": self.occurrence.deadline.isoformat(),
            "plan_id": plan_id(saved),
            "emptied": [{"name": _name(inventory, ref), "ref": str(ref)} for ref in saved.evacuate],
            "migrations": len(saved.plan.steps),
            "predicted_s": saved.plan.makespan_s,
            "predicted_p95_s": saved.plan.makespan_p95_s,
        }
        name = f"evacuation {self.evacuation.name}"
        self.background.start(self._key(event), name, hook, facts | more, self.journal.require_hold, note=note)

    def _key(self, event: str) -> tuple[str, str]:
        return self.evacuation.name, f"{event} {self.occurrence.due:{MOMENT}}"


def _name(inventory: Inventory, ref: EntityRef) -> str:
    found = inventory.find_host(ref) or inventory.find_datastore(ref)
    return found.name if found else str(ref)
