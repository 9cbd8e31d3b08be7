"""When migrations of which VMs may run: windows, blackouts and holidays, for the service and for what people apply."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recommender.settings.schedule import WindowSettings
from recommender.settings.vcenters import Name


class SelectedWindowSettings(WindowSettings):
    """A window of some VMs, or of all; shell patterns, of which every kind that is given has to match."""

    name: Name
    clusters: tuple[str, ...] = Field(default=(), description="Names of clusters")
    sites: tuple[str, ...] = Field(default=(), description="Names of sites")
    vms: tuple[str, ...] = Field(default=(), description="Names of VMs")
    tags: tuple[str, ...] = Field(default=(), description="Tags of VMs, as category/tag")

    @property
    def is_for_all(self) -> bool:
        """Whether it names no VMs."""
        return not (self.clusters or self.sites or self.vms or self.tags)


class HeedingWindowSettings(SelectedWindowSettings):
    """A window that does not open on holidays."""

    holidays: tuple[str, ...] | None = Field(
        default=None, description="Names of [[calendar.holidays]] on which it does not open; absent: all of them"
    )


class HolidaySettings(BaseModel):
    """Days, by a list or by an iCalendar file of whole-day events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    dates: tuple[date, ...] = ()
    file: Path | None = Field(default=None, description="iCalendar file (.ics) of whole-day events")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.dates) == (self.file is not None):
            raise ValueError("give either dates or file")
        return self


class CalendarSettings(BaseModel):
    """Every migration of ours keeps it. A VM that some window names runs in those alone; else those for all count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: tuple[HeedingWindowSettings, ...] = ()
    blackout: tuple[SelectedWindowSettings, ...] = ()
    holidays: tuple[HolidaySettings, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        for kind, named in (("window or blackout", (*self.window, *self.blackout)), ("holidays", self.holidays)):
            names = [entry.name for entry in named]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"two {kind} are called {', '.join(twice)}")
        known = {days.name for days in self.holidays}
        unknown = sorted({name for window in self.window for name in window.holidays or ()} - known)
        if unknown:
            raise ValueError(f"no [[calendar.holidays]] is called {', '.join(unknown)}")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether every migration may run at any time."""
        return not (self.window or self.blackout)

    @property
    def stands_on_tags(self) -> bool:
        """Whether it cannot be kept without tags."""
        return any(one.tags for one in (*self.window, *self.blackout))

    def days_of(self, window: HeedingWindowSettings) -> Iterator[HolidaySettings]:
        """The holidays on which ``window`` does not open."""
        return (days for days in self.holidays if window.holidays is None or days.name in window.holidays)
