"""How far the service may go by itself: what has to stand how long, how often a VM may move, who approves."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recommender.policy import AutomationLevel
from recommender.settings.schedule import WindowSettings

_Count = Annotated[int, Field(gt=0)]


class OverrideSettings(BaseModel):
    """An automation level for some VMs; shell patterns, of which every kind that is given has to match."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: AutomationLevel
    clusters: tuple[str, ...] = Field(default=(), description="Names of clusters")
    vms: tuple[str, ...] = Field(default=(), description="Names of VMs")
    tags: tuple[str, ...] = Field(default=(), description="Tags of VMs, as category/tag")

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not (self.clusters or self.vms or self.tags):
            raise ValueError("say which VMs: clusters, vms or tags")
        return self


class AutomationSettings(BaseModel):
    """Restraint of the service's own balancing; evacuations and what a person applies have none of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hold_rounds: _Count = Field(
        default=2, description="Decisions in a row that must want a move before it is made; a mandatory one needs one"
    )
    recommendation_life_minutes: _Count = Field(
        default=60, description="A recommendation that no decision confirmed for so long has expired"
    )
    rejected_for_hours: _Count = Field(default=24, description="How long a move that a person rejected is not made")
    cool_down_minutes: Annotated[int, Field(ge=0, le=1440)] = Field(
        default=60, description="Rest of a VM after a move; within it no rule brings it back to where it came from"
    )
    moves_per_vm_per_day: _Count = 4
    moves_per_host_per_hour: _Count = Field(default=20, description="From a host and to it together")
    moves_per_hour: _Count = Field(default=100, description="In all vCenters that are led together")
    override: tuple[OverrideSettings, ...] = Field(
        default=(), description="Another automation level for some VMs; the first that matches counts"
    )
    leave_drs_clusters: bool = Field(
        default=True, description="Only record in clusters in which DRS is fully automated; an override goes before"
    )
    window: tuple[WindowSettings, ...] = Field(default=(), description="Moves are made within these alone, if any")
    blackout: tuple[WindowSettings, ...] = Field(default=(), description="No move starts or runs within these")
    shadow: bool = Field(default=False, description="Never act; `recommendations compare` tells what others did")
    least_gain_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.25, description="A plan whose load improved by less of what was promised doubles hold_rounds"
    )
    gain_after_minutes: _Count = Field(default=15, description="So long after a plan its gain is measured")


class BrakeSettings(BaseModel):
    """What stops the service's balancing by itself; evacuations and what a person applies go on.

    Where the defaults come from. ``datastore_latency_ms``: beyond 50 ms a datastore gains hardly any throughput and
    everybody waits longer; ``host_latency_ms``: 100 ms is the highest threshold that Storage I/O Control can be set to
    (both: vSphere Resource Management, *Set Storage I/O Control Threshold Value*), and a host tells of its slowest disk
    alone. ``vmotion_nic_percent``: one migration wants 250 Mb/s (vSphere, *Networking Requirements for
    vMotion*), a quarter of the slowest NIC that there is for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    red_hosts: bool = Field(default=True, description="A host with a red alarm that nobody has acknowledged")
    ignored_alarms: tuple[str, ...] = Field(
        default=("Host CPU usage", "Host memory usage"),
        description="Shell patterns of alarms that do not brake: what these two tell of, balancing mends",
    )
    red_datastores: bool = Field(default=False, description="A datastore that is red; being full makes it so, too")
    host_latency_ms: Annotated[float, Field(ge=0)] = Field(
        default=100.0, description="A host whose slowest disk takes longer, now and as a rule; 0 for never"
    )
    datastore_latency_ms: Annotated[float, Field(ge=0)] = Field(
        default=50.0, description="A datastore whose reads and writes take longer, now and as a rule; 0 for never"
    )
    vmotion_nic_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        default=75.0, description="A host whose vMotion NICs are used more, without a migration; 0 for never"
    )
    failures_in_a_row: Annotated[int, Field(ge=0)] = Field(default=3, description="Of its migrations; 0 for never")
    release_after_minutes: _Count = Field(
        default=60, description="Released by itself so long after, if the reason is gone; `resume` does at once"
    )


class ApprovalSettings(BaseModel):
    """Who has to release a plan before it is applied."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = Field(
        default=False, description="Whatever a person applies (`apply`, `evacuate`, `recommendations apply`) wants one"
    )
    service: bool = Field(
        default=False, description="The service, too, carries out nothing but plans that somebody has approved"
    )
    second_person: bool = Field(default=True, description="The approver is not the plan's author")


class AuditSettings(BaseModel):
    """Where the head of the audit is written down outside the database."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    anchor_file: Path | None = Field(
        default=None, description="Gets a line with the audit's last number and hash each time they have changed"
    )
    syslog: bool = Field(default=False, description="Send the same line to the system's log (facility auth)")
