"""Sites: which hosts stand in which round-trip-time domain, and what lies between the domains."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from recommender.inventory.site import SiteLink
from recommender.settings.vcenters import Name

DEFAULT_SITE = "default"


class SiteSettings(BaseModel):
    """One site. A host belongs to the first site of which one shell pattern matches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    hosts: tuple[str, ...] = Field(default=(), description="Patterns of host names")
    clusters: tuple[str, ...] = Field(default=(), description="Patterns of cluster names")
    datacenters: tuple[str, ...] = Field(default=(), description="Patterns of data centre names")
    datastores: tuple[str, ...] = Field(
        default=(), description="Patterns of datastore names; how far hosts are from one that none names is not asked"
    )

    def contains(self, *, host: str, cluster: str | None, datacenter: str) -> bool:
        """Whether a host with these names stands in this site."""
        return (
            any(fnmatchcase(host, pattern) for pattern in self.hosts)
            or (cluster is not None and any(fnmatchcase(cluster, pattern) for pattern in self.clusters))
            or any(fnmatchcase(datacenter, pattern) for pattern in self.datacenters)
        )


class SiteLinkSettings(BaseModel):
    """The way between two sites, the same in both directions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sites: tuple[Name, Name]
    rtt_ms: Annotated[float, Field(ge=0)] = Field(description="Round-trip time")
    bandwidth_mbit_s: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="What migrations may use of it; absent where only the hosts' adapters limit them"
    )

    loss_percent: Annotated[float, Field(ge=0, lt=100)] = Field(
        default=0.0, description="Packets lost on it; what a stream reaches falls with its square root"
    )

    def as_link(self) -> SiteLink:
        """The link as the inventory holds it."""
        return SiteLink(
            site_a=self.sites[0],
            site_b=self.sites[1],
            rtt_ms=self.rtt_ms,
            bandwidth_mbit_s=self.bandwidth_mbit_s,
            loss=self.loss_percent / 100,
        )


def site_of(sites: Sequence[SiteSettings], *, host: str, cluster: str | None, datacenter: str) -> str:
    """The name of the site a host stands in."""
    for site in sites:
        if site.contains(host=host, cluster=cluster, datacenter=datacenter):
            return site.name
    return DEFAULT_SITE


def datastore_site_of(sites: Sequence[SiteSettings], datastore: str) -> str | None:
    """The name of the site a datastore stands in, ``None`` if no site names it."""
    named = (site.name for site in sites if any(fnmatchcase(datastore, pattern) for pattern in site.datastores))
    return next(named, None)
