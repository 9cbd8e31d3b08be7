"""One question about disks as arrays: what may be copied whereto, at which price, and what full datastores cost."""

from dataclasses import dataclass

from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.placement.disks.units import DiskUnit
from recommender.placement.problem import Bools, Floats, HostCost, Ints, Problem

STAYS = -1  # the datastore of the option to copy nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Flat arrays, the options of one unit in a row, *stay* first where it is allowed.

    ``unit``, ``host`` (position in the inventory), ``store`` (position, or ``STAYS``), ``price``: what the copy costs
    by itself. ``first[u]`` … ``first[u + 1]``: the options of unit u.
    """

    unit: Ints
    host: Ints
    store: Ints
    price: Floats
    first: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """``members[m]``: units; nothing of two members may be on one of ``stores`` ``[d]``; ``fixed[m, d]`` stays."""

    stores: Bools
    members: tuple[tuple[int, ...], ...]
    fixed: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskProblem:
    """Indexes: u a unit, d a datastore. ``hosts``: the hosts' side, in which the VM of a whole unit is ``item_of[u]``.

    ``on[u, d]``: MiB of the unit there now; ``needed[u]``: what it takes where it comes to. ``used[d]`` now,
    ``room[d]``: what may be copied there while nothing leaves. ``store_cost``: of used space, ``[1, d]``.
    ``unplaceable``: units that must leave and have no option. ``is_complete``: no option was left out.
    """

    inventory: Inventory
    hosts: Problem
    stores: tuple[Datastore, ...]
    units: tuple[DiskUnit, ...]
    item_of: Ints
    on: Floats
    needed: Floats
    used: Floats
    room: Floats
    most: Floats
    store_cost: HostCost
    options: Options
    unplaceable: tuple[DiskUnit, ...]
    is_complete: bool
    apart: tuple[Apart, ...] = ()

    @property
    def size(self) -> Floats:
        """MiB of each unit."""
        sizes: Floats = self.on.sum(axis=1)
        return sizes

    def stores_of(self, unit: int) -> list[int]:
        """The datastores that the unit is on now; a home alone takes no space there."""
        position = {store.ref: number for number, store in enumerate(self.stores)}
        return [position[ref] for ref, _ in self.units[unit].on if ref in position]
