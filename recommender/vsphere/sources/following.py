"""Reads vCenters once and then follows their updates; now and then a full reading shows whether any was missed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pyVmomi import vim

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.reading_counts import ReadingCounts
from recommender.inventory.site import SiteLink
from recommender.inventory.twins import twins
from recommender.vsphere.assemble import Reading, VCenterPart, inventory_of, part_of
from recommender.vsphere.extras import Lasting, VmNeeds, read_extras, read_lasting
from recommender.vsphere.migrations_in_flight import open_tasks, starts_of
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.session.session import Service, Session
from recommender.vsphere.sources.follower import LOST, Follower
from recommender.vsphere.sources.known import Known
from recommender.vsphere.sources.reading import read_everything
from recommender.vsphere.translation.host import SiteOf

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Followed:
    """What is kept of one vCenter between two readings."""

    follower: Follower
    last_full: datetime
    lasting: Lasting
    known: Known = field(default_factory=Known)
    needs: VmNeeds = field(default_factory=VmNeeds)


class FollowingInventorySource:
    """The ``InventorySource`` of a process that reads again and again; ``now`` is aware UTC.

    Each reading is a complete inventory of its own. ``counts.differences`` are the entities that a full reading
    (every ``full_every``) told otherwise than the updates had: then the full reading is taken, and all is begun anew.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        *,
        site_of: SiteOf,
        site_links: tuple[SiteLink, ...] = (),
        full_every: timedelta = timedelta(hours=1),
        counts: ReadingCounts | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.counts = ReadingCounts() if counts is None else counts
        self._sessions = tuple(sessions)
        self._site_of, self._site_links = site_of, site_links
        self._full_every, self._now = full_every, now
        self._followed: dict[str, _Followed] = {}
        self._twins: list[str] = []

    def read(self) -> Inventory:
        """Everything there is, as old as the beginning of the reading. Raises ``InventoryError``."""
        taken_at = self._now()
        parts = [self._part_of(session, taken_at) for session in self._sessions]
        inventory = inventory_of(parts, taken_at=taken_at, site_links=self._site_links)
        self._tell_twins(inventory)
        return inventory

    def _tell_twins(self, inventory: Inventory) -> None:
        """Once, as long as it is the same VMs."""
        found = sorted(str(vm.ref) for vms in twins(inventory).values() for vm in vms)
        if found and found != self._twins:
            named = ", ".join(found[:5])
            _log.warning("%d VMs share instance UUIDs, their histories cannot be told apart: %s", len(found), named)
        self._twins, self.counts.sharing_identity = found, len(found)

    def _part_of(self, session: Session, taken_at: datetime) -> VCenterPart:
        try:
            return session.reading(lambda service: self._part(service, taken_at))
        except BaseException:
            # What was missed meanwhile is not known: the next reading begins with everything.
            self._followed.pop(session.vcenter, None)
            raise

    def _part(self, service: Service, taken_at: datetime) -> VCenterPart:
        followed = self._caught_up(service, taken_at)
        if taken_at - followed.last_full < self._full_every:
            return self._assembled(followed)
        before = self._assembled(followed)
        whole = read_everything(service)
        full = part_of(whole, self._site_of)
        followed.lasting = Lasting(licences=whole.extras.licences, key_providers=whole.extras.key_providers)
        after = self._assembled(self._caught_up(service, taken_at))
        missed = _missed(before, full, after)
        if missed:
            self.counts.differences += len(missed)
            named = ", ".join(missed[:5])
            _log.warning("updates have missed %d changes, everything is read anew: %s", len(missed), named)
            self._followed.pop(service.vcenter).follower.close()
            return full
        self._followed[service.vcenter].last_full = taken_at
        return after

    def _caught_up(self, service: Service, taken_at: datetime) -> _Followed:
        followed = self._followed.get(service.vcenter)
        if followed is not None and followed.follower.service is service:
            try:
                followed.follower.catch_up()
            except LOST as fault:
                followed.follower.close()
                self.counts.begun_anew += 1
                _log.info(
                    "updates of %s were lost (%s): everything is read anew", service.vcenter, type(fault).__name__
                )
            else:
                return followed
        followed = _Followed(Follower(service, EVERYTHING), taken_at, read_lasting(service))
        followed.follower.catch_up()
        self._followed[service.vcenter] = followed
        return followed

    def _assembled(self, followed: _Followed) -> VCenterPart:
        service, facts = followed.follower.service, followed.follower.facts
        changed = followed.follower.changed_since_asked(vim.VirtualMachine)
        tasks = open_tasks(service)
        reading = Reading(
            vcenter=service.vcenter,
            facts=facts,
            tasks=tasks,
            starts=starts_of(service, tasks),
            extras=read_extras(service, facts, followed.lasting, followed.needs.take_in(changed)),
            changed_vms=changed,
        )
        return part_of(reading, self._site_of, followed.known)


def _missed(before: VCenterPart, full: VCenterPart, after: VCenterPart) -> list[str]:
    """The addresses of entities that the full reading tells as neither the updates before nor those after it do.

    A cluster's rules are compared as one.
    """
    early, told, late = (_by_address(part) for part in (before, full, after))
    return sorted(
        address
        for address in early.keys() | told.keys() | late.keys()
        if told.get(address) not in (early.get(address), late.get(address))
    )


def _by_address(part: VCenterPart) -> dict[str, object]:
    """Everything that lasts; load changes all the time, and so does what is free."""
    vms = (replace(vm, load=VmLoad(), busy_with=None) for vm in part.vms.values())
    hosts = (replace(host, load=HostLoad()) for host in part.hosts)
    stores = (replace(store, free_mib=0, uncommitted_mib=None) for store in part.datastores)
    lasting = (vms, hosts, part.clusters, part.resource_pools, part.networks, stores, part.datastore_clusters)
    by_address: dict[str, object] = {str(entity.ref): entity for entities in lasting for entity in entities}
    return by_address | {"the rules of its clusters": part.rules}
