"""The front door: vCenters by their addresses, behind the ports, logged out at the end."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from recommender.inventory.reading_counts import ReadingCounts
from recommender.inventory.site import SiteLink
from recommender.policy import DemandPolicy, DemandStatistic
from recommender.ports import InventorySource
from recommender.relocation_policy import RelocationPolicy
from recommender.vsphere.relocation.migrator import VCenterMigrator
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.session import Session
from recommender.vsphere.sources.control_plane import ControlPlaneInventorySource
from recommender.vsphere.sources.distances import DistanceInventorySource
from recommender.vsphere.sources.following import FollowingInventorySource
from recommender.vsphere.sources.permitting import PermittingInventorySource
from recommender.vsphere.sources.reading import VCenterInventorySource
from recommender.vsphere.sources.sampled import SampledInventorySource
from recommender.vsphere.sources.sited import DatastoreSiteOf, SitedInventorySource
from recommender.vsphere.sources.tagged import TaggedInventorySource
from recommender.vsphere.translation.host import SiteOf


class TagUse(StrEnum):
    """Whether tags are read, and what happens where they cannot be."""

    NONE = "none"
    WANTED = "wanted"  # a warning
    NEEDED = "needed"  # an error: rules stand on them


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """How the VMs of this program and of vCenter are recognised, beside vCenter's address."""

    own_bios_uuid: str | None = None
    named: tuple[str, ...] = ()


@contextmanager
def open_vcenters(
    addresses: Sequence[VCenterAddress],
    *,
    site_of: SiteOf,
    site_links: tuple[SiteLink, ...] = (),
    measure_round_trips: bool = False,
    datastore_site_of: DatastoreSiteOf | None = None,
    full_every: timedelta | None = None,
    demand: DemandPolicy | None = None,
    tags: TagUse = TagUse.NONE,
    movable_extensions: tuple[str, ...] = (),
    counts: ReadingCounts | None = None,
    relocation: RelocationPolicy | None = None,
    control_plane: ControlPlane | None = None,
) -> Iterator[tuple[InventorySource, VCenterMigrator]]:
    """The vCenters as one source and one migrator; each is reached and logged in to when it is first needed.

    With ``full_every`` the source follows updates and reads everything only so often, for a process that stays. With
    ``demand`` the load of VMs is that of a window of vCenter's real-time samples; else what its quick figures tell.
    ``relocation``: how moves are asked for. ``control_plane``: which VMs are marked.
    ``tags``: whether they are read, too.
    ``movable_extensions``: keys of those whose VMs count as ordinary ones.
    ``datastore_site_of``: the site of a datastore by its name. ``measure_round_trips``: to hosts of sites that no link
    joins. ``counts``: where it is counted how reading goes.
    """
    with ExitStack() as stack:
        sessions = [Session(address) for address in addresses]
        for session in sessions:
            stack.callback(session.close)
        source: InventorySource = (
            VCenterInventorySource(sessions, site_of=site_of, site_links=site_links)
            if full_every is None
            else FollowingInventorySource(
                sessions, site_of=site_of, site_links=site_links, full_every=full_every, counts=counts
            )
        )
        # A process that stays looks at hosts and datastores, too, before it goes on with migrations.
        if demand is not None and (demand.statistic is not DemandStatistic.NOW or full_every is not None):
            source = SampledInventorySource(source, sessions, demand, counts)
        if tags is not TagUse.NONE:
            source = TaggedInventorySource(source, addresses, needed=tags is TagUse.NEEDED)
        if datastore_site_of is not None:
            source = SitedInventorySource(source, datastore_site_of)
        if measure_round_trips:
            source = DistanceInventorySource(source)
        if movable_extensions:
            source = PermittingInventorySource(source, movable_extensions)
        if control_plane is not None:
            source = ControlPlaneInventorySource(
                source, sessions, own_bios_uuid=control_plane.own_bios_uuid, named=control_plane.named
            )
        yield source, VCenterMigrator(sessions, policy=relocation or RelocationPolicy())
