"""What makes a scheduled evacuation a campaign: everything goes elsewhere, over as many windows as it takes."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class CampaignSettings(BaseModel):
    """Where to, what belongs together, and what stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to_datacenters: tuple[str, ...] = Field(default=(), description="To the hosts of these data centres")
    to_clusters: tuple[str, ...] = Field(default=(), description="To the hosts of these clusters")
    to_hosts: tuple[str, ...] = Field(default=(), description="To these hosts")
    together: tuple[str, ...] = Field(
        default=(), description="Categories of tags: VMs with the same tag of one are one application, moved together"
    )
    leave: tuple[str, ...] = Field(default=(), description="VMs that stay: patterns of names, or tag:CATEGORY/NAME")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not (self.to_datacenters or self.to_clusters or self.to_hosts):
            raise ValueError("say where to: to_datacenters, to_clusters or to_hosts")
        return self
