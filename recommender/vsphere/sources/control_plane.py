"""An inventory in which the VMs of vCenter itself and of this program are marked."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from recommender.errors import InventoryError
from recommender.inventory.control_plane import with_control_plane
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.ports import InventorySource
from recommender.vsphere.facts import moid_of
from recommender.vsphere.session.session import Service, Session

_log = logging.getLogger(__name__)
LOOK_EVERY: Final = timedelta(minutes=10)


class ControlPlaneInventorySource:
    """Another source's inventory. ``own_bios_uuid``: of the machine we run on; ``named``: what the policy adds.

    vCenter is found where the guest of a VM has the name or address under which we reach it; the VM may be in any of
    the vCenters. A vCenter that cannot be searched costs no inventory: what was found before counts on.
    """

    def __init__(
        self,
        source: InventorySource,
        sessions: Sequence[Session],
        *,
        own_bios_uuid: str | None,
        named: Sequence[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._sessions = source, tuple(sessions)
        self._own, self._named, self._now = own_bios_uuid, tuple(named), now
        self._found: dict[EntityRef, str] = {}
        self._looked_at: datetime | None = None

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        return with_control_plane(self._source.read(), self._vcenters(), self._own, self._named)

    def _vcenters(self) -> Mapping[EntityRef, str]:
        now = self._now()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            for session in self._sessions:
                try:
                    self._found.update(session.reading(self._searched))
                except InventoryError as error:
                    _log.warning("the VMs of vCenters could not be searched for: %s", error)
        return self._found

    def _searched(self, service: Service) -> dict[EntityRef, str]:
        search = service.search
        if search is None:
            return {}
        found: dict[EntityRef, str] = {}
        for session in self._sessions:
            host = session.address.host
            by_name = not _is_address(host)
            vm = search.FindByDnsName(None, host, True) if by_name else search.FindByIp(None, host, True)  # noqa: FBT003
            if vm is not None:
                found[EntityRef(service.vcenter, moid_of(vm))] = f"vCenter {session.vcenter}"
        return found


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return False
