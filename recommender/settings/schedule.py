"""What the service does at set times: when, for how long, and what becomes of a time that was missed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from recommender.policy import AutomationLevel
from recommender.settings.campaign import CampaignSettings
from recommender.settings.hook import HookSettings
from recommender.settings.rolling import RollingSettings
from recommender.settings.vcenters import Name

_Positive = Annotated[int, Field(gt=0)]
FIELDS: Final = 5  # cronsim reads a sixth one as seconds, which no window is about
SHORT: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class WindowSettings(BaseModel):
    """Times at which windows open, by ``cron`` in ``time_zone``; each lasts ``duration_minutes`` of real time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str = Field(description="Five fields: minute, hour, day of month, month, day of week")
    time_zone: str = Field(default="UTC", description="IANA name, e.g. Europe/Berlin")
    duration_minutes: _Positive = Field(description="Length of the window in which moves may start")

    @field_validator("cron")
    @classmethod
    def _cron_is_understood(cls, cron: str) -> str:
        if (fields := SHORT.get(cron.strip().lower())) is not None:
            raise ValueError(f"{cron!r} is not understood: write its five fields, {fields!r}")
        if len(cron.split()) != FIELDS:
            raise ValueError(f"{cron!r} has {len(cron.split())} fields: a cron text has five, such as '0 2 * * 6'")
        try:
            CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))  # any instant: only the text is tried
        except CronSimError as error:
            raise ValueError(f"{cron!r} names no time, five fields such as '0 2 * * 6' do ({error})") from error
        return cron

    @field_validator("time_zone")
    @classmethod
    def _time_zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error
        return name


class TimedSettings(WindowSettings):
    """Something that is done at set times. Either ``cron`` (again and again) or ``at`` (once)."""

    name: Name
    cron: str = Field(default="", description="Five fields: minute, hour, day of month, month, day of week")
    at: datetime | None = Field(default=None, description="Once, at this local time in time_zone: 2026-12-01T02:00")
    jitter_s: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Starts up to so much later, by an amount that name and time fix"
    )
    misfire: Literal["run", "skip"] = Field(
        default="run", description="A time at which the service did not run: make up for it within its window, or not"
    )
    misfire_grace_minutes: _Positive = Field(default=10, description="With misfire = skip: later than this is missed")
    interrupted: Literal["continue", "stop"] = Field(
        default="continue", description="What the next process does with work that was cut off, within its window"
    )
    dry_run: bool = Field(default=False, description="Plan and record, send nothing to vCenter")
    vcenters: tuple[Name, ...] = Field(
        default=(), description="Which [[vcenter]]s it is about, which one daemon then leads; absent: all"
    )

    @field_validator("cron")
    @classmethod
    def _cron_is_understood(cls, cron: str) -> str:
        return super()._cron_is_understood(cron) if cron else cron

    @model_validator(mode="after")
    def _times_make_sense(self) -> Self:
        if bool(self.cron) == (self.at is not None):
            raise ValueError("give either cron or at")
        if self.jitter_s >= 60 * self.duration_minutes:
            raise ValueError("jitter_s has to be shorter than duration_minutes")
        if self.at is not None:
            if self.at.tzinfo is not None:
                raise ValueError("at is a local time in time_zone, without an offset")
            zone = ZoneInfo(self.time_zone)
            local = self.at.replace(tzinfo=zone)
            if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != self.at:
                raise ValueError(f"there is no {self.at:%Y-%m-%d %H:%M} in {self.time_zone}: the clocks go forward")
        return self


class EvacuationSettings(TimedSettings):
    """One scheduled evacuation."""

    hosts: tuple[str, ...] = Field(default=(), description="Names of the hosts to empty")
    clusters: tuple[str, ...] = Field(default=(), description="Names of clusters whose hosts are to be emptied")
    datacenters: tuple[str, ...] = Field(default=(), description="Names of data centres whose hosts are to be emptied")
    datastores: tuple[str, ...] = Field(default=(), description="Names of datastores to empty, of every disk and home")
    to: tuple[str, ...] = Field(
        default=(), description="Hardware refresh: VMs go to these hosts alone, night after night until all have left"
    )
    maintenance_mode: bool = Field(
        default=False, description="Enter maintenance mode once a host, or a datastore, is empty"
    )
    automation_level: AutomationLevel | None = Field(
        default=None, description="Of this evacuation; absent: policy.automation_level"
    )
    migrations_at_once: _Positive | None = Field(default=None, description="At most so many of it run at one time")
    at_window_end: Literal["finish", "roll_back"] = Field(
        default="finish",
        description="What is not complete when nothing more may start: left so, or put back if that still fits (p95)",
    )
    rolling: RollingSettings | None = Field(
        default=None, description="The hosts have turns: emptied in waves, worked on in maintenance mode, and back"
    )
    before: HookSettings | None = Field(
        default=None, description="Hook that is asked before anything is sent: if it fails, nothing is"
    )
    after: HookSettings | None = Field(default=None, description="Hook that is told how it ended; changes nothing")
    campaign: CampaignSettings | None = Field(
        default=None, description="All of it goes to other hosts, in batches that the link between the sites carries"
    )

    @field_validator("hosts", "clusters", "datacenters", "datastores", "to")
    @classmethod
    def _is_not_empty(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one, or leave the key out")
        return names

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if bool(self.hosts or self.clusters or self.datacenters) == bool(self.datastores):
            raise ValueError("give hosts, clusters or datacenters, or datastores")
        if self.datacenters and not self.campaign:
            raise ValueError("datacenters wants a table [evacuation.campaign] that says where to")
        if self.campaign and (self.datastores or self.to or self.rolling or self.maintenance_mode):
            raise ValueError("datastores, to, rolling and maintenance_mode have no meaning with campaign")
        if (self.rolling or self.campaign) and (self.before or self.after):
            raise ValueError("before and after are for plain evacuations; rolling has a hook of its own: work")
        if self.campaign and self.at_window_end == "roll_back":
            raise ValueError("at_window_end has no meaning with campaign: recommender campaign roll-back puts it back")
        if self.datastores and self.to:
            raise ValueError("to is for hosts, not for datastores")
        if self.rolling and (
            self.datastores or self.to or self.at_window_end == "roll_back" or self.migrations_at_once
        ):
            raise ValueError("datastores, to, at_window_end and migrations_at_once have no meaning with rolling")
        return self


class ScheduleSettings(TimedSettings):
    """Other work at set times: balancing, or keeping files."""

    kind: Literal["balance", "inventory", "backup", "calibration"] = Field(
        description="balance: as a poll with serve.balance does; inventory: save it for -i; backup: of a SQLite journal"
        "; calibration: write down what was learnt of finished migrations"
    )
    folder: Path | None = Field(default=None, description="Where inventory and backup put their files")
    keep: _Positive = Field(default=14, description="So many files of this schedule are kept, the newest")

    @model_validator(mode="after")
    def _has_a_folder(self) -> Self:
        if (self.folder is not None) != (self.kind in ("inventory", "backup")):
            raise ValueError("folder belongs to the kinds inventory and backup, which need one")
        if self.vcenters and self.kind in ("backup", "calibration"):
            raise ValueError(f"vcenters has no meaning with {self.kind}, which is about the journal")
        return self


class ServeSettings(BaseModel):
    """How the long-running service works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    poll_interval_s: Annotated[float, Field(gt=0)] = Field(default=300.0, description="Time between two decisions")
    lease_ttl_s: Annotated[float, Field(ge=1, le=300)] = Field(
        default=10.0, description="A daemon that did not renew its lease for so long is replaced by one that stands by"
    )
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None, description="/livez, /readyz and /metrics on 127.0.0.1; absent for none, 0 for any free port"
    )
    search_limit_s: Annotated[float, Field(gt=0)] = Field(
        default=120.0, description="A search for the best answer is stopped then: what it has is decided on"
    )
    decision_file: Path | None = Field(
        default=None, description="Where the last decision of balancing is recorded, for recommend --replay"
    )
    balance: bool = Field(default=True, description="Whether each poll also asks what should move now")
    follow_updates: bool = Field(
        default=True, description="Read everything once and then only what vCenter tells of as changed"
    )
    full_read_interval_s: Annotated[float, Field(gt=0)] = Field(
        default=900.0, description="With follow_updates: time between two full readings that check it"
    )
