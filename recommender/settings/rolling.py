"""What makes a scheduled evacuation a rolling maintenance."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from recommender.settings.hook import HookSettings


class RollingSettings(BaseModel):
    """The hosts have their turns in waves, over as many windows as it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_once: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="Hosts of a cluster that are away at one time, at most; absent: half of it"
    )
    moves_per_vm: Annotated[float, Field(ge=1)] = Field(
        default=1.1, description="Migrations for each VM on the way round, at most; more save waves"
    )
    work_minutes: Annotated[float, Field(gt=0)] = Field(
        default=30.0, description="What the work on a host is expected to take"
    )
    come_home: bool = Field(default=True, description="Balance among the hosts once all of them are back")
    repeat: bool = Field(
        default=False, description="Begin anew in the next window once all hosts had their turn; else that was all"
    )
    work: HookSettings | None = Field(
        default=None, description="Hook that does the work; without one a person does, and takes the host back"
    )
