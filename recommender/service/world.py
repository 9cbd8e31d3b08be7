"""The outside as one value: where the inventory comes from, who migrates, and what time it is."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from recommender.inventory.reading_counts import ReadingCounts
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.request import SolveLimits
from recommender.ports import Clock, InventorySource, Migrator
from recommender.service.own_machine import own_bios_uuid
from recommender.service.set_times.calendar import Calendar
from recommender.service.system_clock import SystemClock
from recommender.settings.credentials import Prompt, password_of, user_of
from recommender.settings.settings import Settings
from recommender.settings.sites import datastore_site_of, site_of
from recommender.settings.vcenters import VCenterSettings

if TYPE_CHECKING:
    from recommender.vsphere.session.address import VCenterAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One set of ports: real vCenters, or a simulated data centre. ``limits``: how hard to search in it.

    ``executor``: what solves parts of a search at the same time, ``None``: one after the other.
    ``calendar``: when migrations may run, ``None`` for any time. ``vcenters``: the names of those that the ports reach,
    ``None`` for all that a journal may tell of. ``counts``: how reading has gone.
    """

    source: InventorySource
    migrator: Migrator
    clock: Clock
    limits: SolveLimits = field(default_factory=SolveLimits)
    calendar: Calendar | None = None
    counts: ReadingCounts = field(default_factory=ReadingCounts)
    vcenters: frozenset[str] | None = None
    executor: Executor | None = None

    def reaches(self, *refs: EntityRef) -> bool:
        """Whether all of these are in its vCenters."""
        return self.vcenters is None or all(ref.vcenter in self.vcenters for ref in refs)

    def of_its_own(self, moves: Sequence[RecentMove]) -> tuple[RecentMove, ...]:
        """Those from or to its vCenters: budgets are theirs, whoever else works in others at the same time."""
        return tuple(move for move in moves if self.reaches(move.source) or self.reaches(move.destination))


@contextmanager
def real_world(
    settings: Settings, environment: Mapping[str, str], prompt: Prompt | None, *, full_every: timedelta | None = None
) -> Iterator[World]:
    """The vCenters of ``settings``. A password is asked for when its vCenter is reached and trusted, not before.

    With ``full_every`` updates are followed, and everything is read only so often.
    """
    from recommender.vsphere.session.open_vcenters import ControlPlane, TagUse, open_vcenters  # noqa: PLC0415  # pyVmomi is heavy

    counts = ReadingCounts()
    with (
        ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="search") as executor,
        open_vcenters(
            addresses(settings, environment, prompt),
            site_of=partial(site_of, settings.site),
            site_links=tuple(link.as_link() for link in settings.site_link),
            measure_round_trips=settings.measure_round_trips,
            datastore_site_of=partial(datastore_site_of, settings.site) if settings.site else None,
            full_every=full_every,
            counts=counts,
            demand=settings.policy.demand,
            movable_extensions=settings.policy.movable_extensions,
            relocation=settings.policy.relocation,
            control_plane=ControlPlane(own_bios_uuid=own_bios_uuid(), named=settings.policy.control_plane.vms),
            tags=TagUse.NEEDED if settings.policy.stands_on_tags or settings.calendar.stands_on_tags else TagUse.WANTED,
        ) as (source, migrator),
    ):
        yield World(
            source=source,
            migrator=migrator,
            clock=SystemClock(),
            calendar=Calendar(settings.calendar),
            counts=counts,
            vcenters=frozenset(vcenter.name for vcenter in settings.vcenter),
            executor=executor,
        )


def addresses(
    settings: Settings, environment: Mapping[str, str], prompt: Prompt | None
) -> "tuple[VCenterAddress, ...]":
    """Where the vCenters of ``settings`` are, and how each is logged in to."""
    from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials  # noqa: PLC0415  # as above

    def address(vcenter: VCenterSettings) -> VCenterAddress:
        password = cache(partial(password_of, vcenter, environment, prompt))
        return VCenterAddress(
            name=vcenter.name,
            url=vcenter.url,
            credentials=VCenterCredentials(user=user_of(vcenter, environment, prompt), password=password),
            ca_file=vcenter.ca_file,
            certificate_pin=vcenter.certificate_sha256,
            timeout_ms=round(1000 * vcenter.timeout_s),
        )

    return tuple(address(vcenter) for vcenter in settings.vcenter)
