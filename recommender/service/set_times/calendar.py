"""When the migration of a VM may run: in the windows that name it (else those for all), and never in a blackout.

Windows last real time, so that a night on which clocks change is neither longer nor shorter; they open by local time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from recommender.actuation.patience import MOMENT
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.plan import PlanStep
from recommender.service.set_times.due_times import due_times, open_until, window_of
from recommender.settings.calendar import CalendarSettings, HeedingWindowSettings, SelectedWindowSettings
from recommender.settings.icalendar import read_whole_days

HORIZON: Final = timedelta(days=400)  # a window that does not open within so long never does


@dataclass(frozen=True, slots=True)
class _Window:
    settings: HeedingWindowSettings
    is_holiday: Callable[[date], bool]

    def openings(self, after: datetime) -> Iterator[datetime]:
        """Every opening later than ``after``, aware UTC, that is on no holiday of its own time zone."""
        zone = ZoneInfo(self.settings.time_zone)
        for opens in due_times(self.settings, after):
            if opens - after > HORIZON:
                return
            if not self.is_holiday(opens.astimezone(zone).date()):
                yield opens

    def open_until(self, now: datetime) -> datetime | None:
        """When the window that is open now closes, the last of several."""
        length, closes = window_of(self.settings), None
        for opens in self.openings(now - length):
            if opens > now:
                break
            closes = opens + length
        return closes


class Calendar:
    """The configured times. Raises ``ConfigurationError`` for a file of holidays that cannot be used."""

    def __init__(self, settings: CalendarSettings) -> None:
        self.settings = settings
        days = {holidays.name: _days(holidays.dates, holidays.file) for holidays in settings.holidays}
        self._windows = tuple(
            _Window(one, _any([days[holidays.name] for holidays in settings.days_of(one)])) for one in settings.window
        )

    def open_until(self, inventory: Inventory, vm: EntityRef, now: datetime) -> datetime | str | None:
        """Until when a migration of ``vm`` may run that starts now, ``None`` for no end; a text says why none may."""
        if self.settings.is_empty:
            return None
        blackouts = [one for one in self.settings.blackout if _matches(one, inventory, vm)]
        for blackout in blackouts:
            if (ends := open_until(blackout, now)) is not None:
                return f"blackout {blackout.name} lasts until {ends:{MOMENT}}"
        windows = self._windows_of(inventory, vm)
        closes = [end for window in windows if (end := window.open_until(now)) is not None]
        if windows and not closes:
            return self._when_it_opens(windows, now)
        begin = [next(due_times(blackout, now)) for blackout in blackouts]
        return min((*begin, *((max(closes),) if closes else ())), default=None)

    def open_for_all(
        self, inventory: Inventory, vms: Iterable[EntityRef], now: datetime, takes_s: float
    ) -> datetime | str | None:
        """As ``open_until``, of VMs that somebody else migrates in an order of its own, all of which take ``takes_s``.

        Each may be the last one, so that all of it has to fit the window of each.
        """
        closes: list[tuple[datetime, str]] = []
        for ref in sorted(vms):
            name, until = inventory.vm(ref).name, self.open_until(inventory, ref, now)
            if isinstance(until, str):
                return f"{name}: {until}"
            if until is not None:
                closes.append((until, name))
        if not closes:
            return None
        until, name = min(closes)
        end = now + timedelta(seconds=takes_s)
        if end <= until:
            return until
        told = f"all of it would end at {end:{MOMENT}} (p95), the window of {name} ends at {until:{MOMENT}}"
        return f"{told}: its last start was {until - timedelta(seconds=takes_s):{MOMENT}}"

    def next_opening(self, inventory: Inventory, vm: EntityRef, after: datetime) -> datetime | None:
        """When the next window of ``vm`` opens, later than ``after``; after a blackout that covers it, its end."""
        candidates = [next(window.openings(after), None) for window in self._windows_of(inventory, vm)]
        ends = (open_until(one, after) for one in self.settings.blackout if _matches(one, inventory, vm))
        return min((at for at in (*candidates, *ends) if at is not None), default=None)

    def reason_against(self, inventory: Inventory, step: PlanStep, now: datetime) -> str | None:
        """Why ``step`` may not start now: it is outside of its VM's windows, or would not end in them (p95)."""
        if inventory.find_vm(step.move.vm) is None:
            return None
        until = self.open_until(inventory, step.move.vm, now)
        if isinstance(until, str):
            return until
        end = now + timedelta(seconds=step.duration_p95_s)
        if until is None or end <= until:
            return None
        last = until - timedelta(seconds=step.duration_p95_s)
        told = f"it would end at {end:{MOMENT}} (p95), its window ends at {until:{MOMENT}}"
        return f"{told}: its last start was {last:{MOMENT}}"

    def never_opens(self, now: datetime) -> Iterator[str]:
        """Names of windows that do not open within the next year or so."""
        return (window.settings.name for window in self._windows if next(window.openings(now), None) is None)

    def _windows_of(self, inventory: Inventory, vm: EntityRef) -> Sequence[_Window]:
        named = [one for one in self._windows if not one.settings.is_for_all and _matches(one.settings, inventory, vm)]
        return named or [one for one in self._windows if one.settings.is_for_all]

    def _when_it_opens(self, windows: Sequence[_Window], now: datetime) -> str:
        openings = [(opens, one.settings.name) for one in windows if (opens := next(one.openings(now), None))]
        if not openings:
            return f"none of its windows ({', '.join(one.settings.name for one in windows)}) opens any more"
        opens, name = min(openings)
        return f"its window {name} opens at {opens:{MOMENT}}"


def _matches(window: SelectedWindowSettings, inventory: Inventory, ref: EntityRef) -> bool:
    vm = inventory.vm(ref)
    host = inventory.find_host(vm.host)
    cluster = inventory.find_cluster(host.cluster) if host else None
    asked = (
        (window.clusters, () if cluster is None else (cluster.name,)),
        (window.sites, () if host is None else (host.site,)),
        (window.vms, (vm.name,)),
        (window.tags, vm.tags),
    )
    return all(
        any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
        for patterns, names in asked
        if patterns
    )


def _days(dates: Sequence[date], file: Path | None) -> Callable[[date], bool]:
    events = read_whole_days(file) if file is not None else ()
    listed = frozenset(dates)
    return lambda day: day in listed or any(event.contains(day) for event in events)


def _any(checks: Sequence[Callable[[date], bool]]) -> Callable[[date], bool]:
    return lambda day: any(check(day) for check in checks)
