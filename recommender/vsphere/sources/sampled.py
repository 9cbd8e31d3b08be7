"""An inventory whose load is that of a window of real-time samples, kept compactly from poll to poll."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from typing import Final

from pyVmomi import vmodl

from recommender.errors import InventoryUnavailable
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reading_counts import ReadingCounts
from recommender.policy import DemandPolicy, DemandStatistic
from recommender.ports import InventorySource
from recommender.vsphere.samples.hosts import HostWindows
from recommender.vsphere.samples.performance import INTERVAL_S
from recommender.vsphere.samples.vms import VmWindows
from recommender.vsphere.session.session import Service, Session

_log = logging.getLogger(__name__)

ONE_MORE: Final = 1  # ours and vCenter's intervals do not begin at the same moment; what is told twice is counted once


class SampledInventorySource:
    """Another source's inventory, with load by the policy.

    Where the policy provides for what is used now, quick figures are that: of VMs nothing is sampled, but of hosts and
    datastores all is that tells whether they are at their end.
    Where a vCenter tells no samples, what was sampled of it before is forgotten, load is what quick figures tell, and
    every sensor is named as missing: an old window must not pass for the present. A vCenter keeps its samples for an
    hour, so that the next reading that succeeds has all of them again.
    """

    def __init__(
        self,
        source: InventorySource,
        sessions: Sequence[Session],
        policy: DemandPolicy,
        counts: ReadingCounts | None = None,
    ) -> None:
        self.counts = ReadingCounts() if counts is None else counts
        self._source, self._sessions = source, tuple(sessions)
        self._vms = None if policy.statistic is DemandStatistic.NOW else VmWindows(policy)
        self._hosts = HostWindows(policy.window_s)
        self._asked_at: dict[str, datetime] = {}

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        inventory = self._source.read()
        vms = inventory.virtual_machines
        if self._vms is not None:
            self._vms.keep_only({vm.ref for vm in vms if vm.is_powered_on})
        measurable = [host.ref for host in inventory.hosts if host.connection_state is ConnectionState.CONNECTED]
        self._hosts.keep_only({*measurable, *(store.ref for store in inventory.datastores)})
        for session in self._sessions:
            try:
                session.reading(lambda service: self._sample(service, inventory))
            except (InventoryUnavailable, vmodl.MethodFault) as error:
                self._forget(session.vcenter)
                self.counts.unsampled += 1
                _log.warning("no real-time samples of %s, load is what quick figures tell: %s", session.vcenter, error)
        return replace(
            inventory,
            virtual_machines=vms if self._vms is None else tuple(map(self._vms.loaded, vms)),
            hosts=tuple(map(self._hosts.loaded, inventory.hosts)),
            datastores=tuple(map(self._hosts.loaded_store, inventory.datastores)),
        )

    def _sample(self, service: Service, inventory: Inventory) -> None:
        before = self._asked_at.get(service.vcenter)
        passed_s = None if before is None else (inventory.taken_at - before).total_seconds()
        if passed_s == 0:
            return
        if passed_s is not None and passed_s < 0:  # our clock was set back
            self._forget(service.vcenter)
            passed_s = None
        intervals = 0 if passed_s is None else ceil(passed_s / INTERVAL_S) + ONE_MORE
        if self._vms is not None:
            self._vms.take_in(service, [vm for vm in inventory.virtual_machines if vm.is_powered_on], intervals)
        connected = [host for host in inventory.hosts if host.connection_state is ConnectionState.CONNECTED]
        self._hosts.take_in(service, connected, inventory.datastores, intervals)
        self._asked_at[service.vcenter] = inventory.taken_at

    def _forget(self, vcenter: str) -> None:
        self._asked_at.pop(vcenter, None)
        if self._vms is not None:
            self._vms.forget(vcenter)
        self._hosts.forget(vcenter)
