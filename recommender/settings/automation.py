"""How far the service may go by itself: what has to stand how long, how often a VM may move, who approves."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Count = Annotated[int, Field(gt=0)]


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
    moves_per_hour: _Count = Field(default=100, description="In all")


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
