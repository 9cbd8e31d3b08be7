"""The service's own brake: its balancing stops by itself when something is wrong, and goes on when that is over."""

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

import structlog

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.ports import Clock, Order, OrderKind, StepState
from recommender.service.balancing.strain import gauges
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import BrakeSettings

RED: Final = "red"  # vSphere's ManagedEntityStatus: it definitely has a problem
LINGERS: Final = timedelta(minutes=2)  # so long samples may tell of a migration that has ended
NAMED: Final = 3  # so many are told by name


class Brake:
    """Kept in the journal, so that it outlives the process. Every method raises ``JournalError``."""

    def __init__(self, settings: BrakeSettings, journal: ServiceJournal, clock: Clock, author: str) -> None:
        self._settings, self._journal, self._clock, self._author = settings, journal, clock, author
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether the last look found it on."""
        return self._is_on

    def look(self, inventory: Inventory) -> Order | None:
        """Put it on or release it by what is seen now; the brake that stands afterwards."""
        order = self._look(inventory)
        self._is_on = order is not None
        return order

    def _look(self, inventory: Inventory) -> Order | None:
        cause = self._cause(inventory)
        standing = self._journal.orders.brake()
        if standing is None:
            return None if cause is None else self._give(OrderKind.BRAKE, cause)
        rest = timedelta(minutes=self._settings.release_after_minutes)
        if self._clock.now() - standing.at < rest or self._red(inventory) or self._strained(inventory):
            return standing
        self._give(OrderKind.RELEASE, f"the reason is gone since {rest}")
        return None

    def is_needed_after_failures(self) -> bool:
        """Whether migrations have failed in a row: then the brake is on, and what has not started does not start."""
        if self._journal.orders.brake() is not None:
            return True
        cause = self._failures()
        if cause is not None:
            self._give(OrderKind.BRAKE, cause)
        return cause is not None

    def _cause(self, inventory: Inventory) -> str | None:
        return self._red(inventory) or self._strained(inventory) or self._failures()

    def _strained(self, inventory: Inventory) -> str | None:
        moves = self._journal.recent_moves(self._clock.now() - LINGERS)
        just_migrated = {host for move in moves for host in (move.source, move.destination)}
        # One that was left to us may be over and not settled yet: nothing tells of it but its step.
        just_migrated |= {host for step in self._journal.open_steps() for host in (step.source, step.destination)}
        asked = gauges(inventory, self._settings, just_migrated)
        found = [told for gauge in asked if (told := gauge.strain) is not None]
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        return f"{'; '.join(found[:NAMED])}{more}" if found else None

    def _red(self, inventory: Inventory) -> str | None:
        red = [f"{host.name}{told}" for host in inventory.hosts if (told := self._trouble(host)) is not None]
        if self._settings.red_datastores:
            red += [store.name for store in inventory.datastores if store.overall_status == RED]
        more = f" and {len(red) - NAMED} more" if len(red) > NAMED else ""
        return f"red in vCenter: {', '.join(red[:NAMED])}{more}" if red else None

    def _trouble(self, host: Host) -> str | None:
        """What is red there, as told after its name; ``None`` for nothing, or nothing that brakes."""
        if not self._settings.red_hosts:
            return None
        alarms = [alarm for alarm in host.alarms if alarm.status == RED]
        if not alarms:  # red without an alarm that we could read
            return "" if host.overall_status == RED else None
        braking = [alarm.name for alarm in alarms if not alarm.is_acknowledged and not self._is_ignored(alarm.name)]
        return f" ({', '.join(braking)})" if braking else None

    def _is_ignored(self, alarm: str) -> bool:
        return any(fnmatchcase(alarm, pattern) for pattern in self._settings.ignored_alarms)

    def _failures(self) -> str | None:
        most = self._settings.failures_in_a_row
        if not most:
            return None
        last = self._journal.last_outcomes(self._author, most, self._journal.orders.released_at())
        if len(last) < most or StepState.DONE in last:
            return None
        return f"{most} migrations in a row did not succeed"

    def _give(self, kind: OrderKind, reason: str) -> Order:
        order = Order(kind=kind, author=self._author, reason=reason, at=self._clock.now())
        self._journal.orders.give(order)
        log: Any = structlog.get_logger()
        log.warning("brake" if kind is OrderKind.BRAKE else "brake released", reason=reason)
        return order
