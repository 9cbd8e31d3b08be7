"""Plain evacuations that are decided shortly before their windows open, so that they can begin when these do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from recommender.errors import RecommenderError
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.tried import Tried
from recommender.service.cycle import Decision
from recommender.service.set_times.due import job_of
from recommender.service.set_times.due_times import due_times, starts_at
from recommender.settings.schedule import EvacuationSettings

AHEAD: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedAhead:
    """``decision`` about the time ``due``, or why there is none; from ``inventory`` and the failures ``before``."""

    due: datetime
    inventory: Inventory
    before: Tried
    decision: Decision | str

    def holds(self, inventory: Inventory, before: Tried) -> bool:
        """Whether nothing but load has changed since. Each start is looked at once more in any case."""
        return before == self.before and _places(inventory) == _places(self.inventory)


class Ahead:
    """What this process has decided ahead, so long before it is due."""

    def __init__(self, ahead: timedelta = AHEAD) -> None:
        self._ahead = ahead
        self._known: dict[str, DecidedAhead] = {}  # by job

    def look(
        self,
        evacuations: Iterable[EvacuationSettings],
        now: datetime,
        is_stopped: Callable[[], bool],
        decide: Callable[[EvacuationSettings, datetime], DecidedAhead],
    ) -> None:
        """Decide what is due soon and not known yet; what cannot be decided is left for when it is due."""
        log: Any = structlog.get_logger()
        for timed in evacuations:
            due, job = _next_to_start(timed, now), job_of(timed)
            is_plain = timed.rolling is None and timed.campaign is None
            if not is_plain or due is None or starts_at(timed, due) > now + self._ahead or is_stopped():
                continue
            known = self._known.get(job)
            if known is not None and known.due == due:
                continue
            try:
                self._known[job] = decide(timed, due)
            except RecommenderError as error:
                log.info("not decided ahead", job=job, error=str(error))
            except Exception:  # a defect is one when it is due as well, and is told and recorded then
                log.exception("not decided ahead", job=job)

    def take(self, timed: EvacuationSettings, due: datetime) -> DecidedAhead | None:
        """What was decided about this time, which is forgotten then."""
        known = self._known.pop(job_of(timed), None)
        return known if known is not None and known.due == due else None

    def forget(self) -> None:
        """Nothing of it counts any more."""
        self._known.clear()


def _next_to_start(timed: EvacuationSettings, now: datetime) -> datetime | None:
    """The due time that starts next, which may be one of the past by its jitter."""
    after = now - timedelta(seconds=timed.jitter_s)
    return next((due for due in due_times(timed, after) if starts_at(timed, due) > now), None)


def _places(inventory: Inventory) -> object:
    """What stands where, and may."""
    hosts = [(host.ref, host.connection_state, host.is_powered_on, host.in_maintenance) for host in inventory.hosts]
    rules = (inventory.vm_affinity_rules, inventory.vm_anti_affinity_rules, inventory.vm_host_rules)
    return hosts, [_place(vm) for vm in inventory.virtual_machines], inventory.in_flight, rules


def _place(vm: VirtualMachine) -> object:
    return vm.ref, vm.host, vm.power_state, vm.disks, vm.networks
