"""The front door: vCenters by their addresses, behind the ports, logged out at the end."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from recommender.inventory.site import SiteLink
from recommender.vsphere.address import VCenterAddress
from recommender.vsphere.inventory_source import VCenterInventorySource
from recommender.vsphere.migrator import VCenterMigrator
from recommender.vsphere.session import Session
from recommender.vsphere.translate_host import SiteOf


@contextmanager
def open_vcenters(
    addresses: Sequence[VCenterAddress], *, site_of: SiteOf, site_links: tuple[SiteLink, ...] = ()
) -> Iterator[tuple[VCenterInventorySource, VCenterMigrator]]:
    """The vCenters as one source and one migrator; each is reached and logged in to when it is first needed."""
    with ExitStack() as stack:
        sessions = [Session(address) for address in addresses]
        for session in sessions:
            stack.callback(session.close)
        yield VCenterInventorySource(sessions, site_of=site_of, site_links=site_links), VCenterMigrator(sessions)
