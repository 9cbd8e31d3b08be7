"""Asked right before a host goes into maintenance mode: whether its cluster can do without it at this moment."""

from collections.abc import Collection
from dataclasses import dataclass, field

from recommender.errors import InventoryError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan
from recommender.planning.absence import beyond_one_domain, is_away, may_be_away
from recommender.ports import Migrator, VsanHealth
from recommender.report.names import Names
from recommender.report.text import plain


@dataclass(slots=True)
class AbsenceGate:
    """For the hosts of one plan, which may go one after the other. vSAN is asked before the first of a cluster goes."""

    migrator: Migrator
    _gone: set[EntityRef] = field(default_factory=set, init=False)

    def reason_against(self, inventory: Inventory, host: EntityRef) -> str | None:
        """Why ``host`` may not go now, with numbers; from ``None`` on it counts as gone."""
        going = self._gone | {host}
        reason = may_be_away(inventory, [found for ref in going if (found := inventory.find_host(ref)) is not None])
        reason = reason or beyond_one_domain(inventory, going)
        cluster = _cluster_of(inventory, host)
        if reason is None and not any(_cluster_of(inventory, other) == cluster for other in self._gone - {host}):
            reason = vsan_trouble(inventory, self.migrator, (host,))
        if reason is None:
            self._gone.add(host)
        return plain(reason) if reason else None


def not_ready(saved: SavedPlan, inventory: Inventory, migrator: Migrator) -> str | None:
    """Why the hosts of this plan cannot go into maintenance mode now, so that it is not begun; ``None`` if they can."""
    return vsan_trouble(inventory, migrator, saved.evacuate) if saved.maintenance_mode else None


def vsan_trouble(inventory: Inventory, migrator: Migrator, hosts: Collection[EntityRef]) -> str | None:
    """Why none of ``hosts`` that has vSAN may go away now; ``None`` where all may.

    Everything has to be rebuilt and every host of their clusters healthy; what does not tell is not taken for well.
    Hosts that are away already are not asked for, and those of other fault domains have to be there.
    """
    if (reason := beyond_one_domain(inventory, hosts)) is not None:
        return plain(reason)
    going = [host for ref in hosts if (host := inventory.find_host(ref)) is not None and not is_away(host)]
    names = Names(inventory)
    for cluster in inventory.clusters:
        if not cluster.vsan_enabled or not any(host.cluster == cluster.ref for host in going):
            continue
        asked = [host.ref for host in inventory.hosts if host.cluster == cluster.ref and not is_away(host)]
        try:
            told = _told(migrator.vsan_health(asked), names)
        except InventoryError as error:
            told = f"it does not tell how it is ({error})"
        if told:
            return f"vSAN of cluster {names.of(cluster.ref)} is not ready: {plain(told)}"
    return None


def _told(health: VsanHealth, names: Names) -> str:
    told = []
    if number := health.resyncing_objects:
        told.append(f"{number:,} {'object is' if number == 1 else 'objects are'} being rebuilt")
    if hosts := health.unhealthy_hosts:
        told.append(f"{names.all_of(hosts)} {'is' if len(hosts) == 1 else 'are'} not healthy")
    return " and ".join(told)


def _cluster_of(inventory: Inventory, ref: EntityRef) -> EntityRef | None:
    host = inventory.find_host(ref)
    return host.cluster if host else None
