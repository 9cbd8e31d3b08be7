"""Scheduled evacuations: what to empty, when, and how long it may take."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, field_validator

from recommender.settings.vcenters import Name


class EvacuationSettings(BaseModel):
    """One scheduled evacuation. ``cron`` is read in ``time_zone``; the window lasts ``duration_minutes`` of time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="Names of the hosts to empty")
    cron: str = Field(description="Five fields: minute, hour, day of month, month, day of week")
    time_zone: str = Field(default="UTC", description="IANA name, e.g. Europe/Berlin")
    duration_minutes: Annotated[int, Field(gt=0)] = Field(description="Length of the window in which moves may start")
    maintenance_mode: bool = Field(default=False, description="Enter maintenance mode once a host is empty")
    dry_run: bool = Field(default=False, description="Plan and record, send nothing to vCenter")

    @field_validator("cron")
    @classmethod
    def _cron_is_understood(cls, cron: str) -> str:
        try:
            CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))  # any instant: only the text is tried
        except CronSimError as error:
            raise ValueError(f"{cron!r} is not a cron text of five fields such as '0 2 * * 6' ({error})") from error
        return cron

    @field_validator("time_zone")
    @classmethod
    def _time_zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error
        return name


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
    balance: bool = Field(default=True, description="Whether each poll also asks what should move now")
    follow_updates: bool = Field(
        default=True, description="Read everything once and then only what vCenter tells of as changed"
    )
    full_read_interval_s: Annotated[float, Field(gt=0)] = Field(
        default=900.0, description="With follow_updates: time between two full readings that check it"
    )
