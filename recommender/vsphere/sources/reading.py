"""Reads one or more vCenters into one inventory."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.vsphere.assemble import Reading, VCenterPart, inventory_of, part_of
from recommender.vsphere.collecting_later import collecting_later
from recommender.vsphere.collector import read_objects
from recommender.vsphere.extras import read_extras
from recommender.vsphere.migrations_in_flight import open_tasks, starts_of
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.session.session import Service, Session
from recommender.vsphere.translation.host import SiteOf


class VCenterInventorySource:
    """The ``InventorySource`` of real vCenters.

    ``site_of`` tells each host's site, ``site_links`` what lies between sites; ``now`` is aware UTC.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        *,
        site_of: SiteOf,
        site_links: tuple[SiteLink, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = tuple(sessions)
        self._site_of = site_of
        self._site_links = site_links
        self._now = now

    def read(self) -> Inventory:
        """Everything there is, as old as the beginning of the reading. Raises ``InventoryError``."""
        taken_at = self._now()
        parts = [session.reading(self._part) for session in self._sessions]
        return inventory_of(parts, taken_at=taken_at, site_links=self._site_links)

    def _part(self, service: Service) -> VCenterPart:
        return part_of(read_everything(service), self._site_of)


@collecting_later()
def read_everything(service: Service) -> Reading:
    """All facts of one vCenter, its tasks last: what moves meanwhile is then seen as moving."""
    facts = read_objects(service, EVERYTHING)
    tasks = open_tasks(service)
    return Reading(
        vcenter=service.vcenter,
        facts=facts,
        tasks=tasks,
        starts=starts_of(service, tasks),
        extras=read_extras(service, facts),
    )
