"""What VMs, hosts and datastores were called when they were moved: a journal refers to them by address."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, select, text

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.column_types import AnyText, Entity
from recommender.journal.connections import Connections
from recommender.journal.tables import entity_names
from recommender.placement.result import Move

AT_ONCE: Final = 1000  # references in one question
_KEEP = text(
    "INSERT INTO entity_names (entity, name) VALUES (:entity, :name)"
    " ON CONFLICT (entity) DO UPDATE SET name = excluded.name"
).bindparams(bindparam("entity", type_=Entity()), bindparam("name", type_=AnyText()))


class EntityNames:
    """Names for people, of whatever a move names; nothing is decided by them. Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def keep(self, inventory: Inventory, refs: Iterable[EntityRef]) -> None:
        """Those of ``refs`` as the inventory tells them now; what it does not know keeps the name it had."""
        asked = sorted(set(refs), key=str)
        known = self._known(asked)
        named = [(ref, _name_of(inventory, ref)) for ref in asked]
        new = [{"entity": ref, "name": name} for ref, name in named if name and known.get(ref) != name]
        if new:
            with self._connections.transaction("record names") as connection:
                connection.execute(_KEEP, new)

    def _known(self, refs: Sequence[EntityRef]) -> dict[EntityRef, str]:
        """Of these alone: there may be very many others."""
        known: dict[EntityRef, str] = {}
        with self._connections.look() as connection:
            for first in range(0, len(refs), AT_ONCE):
                query = select(entity_names).where(entity_names.c.entity.in_(refs[first : first + AT_ONCE]))
                known |= {row.entity: row.name for row in connection.execute(query)}
        return known

    def all(self) -> dict[str, str]:
        """By address, *vcenter/moid*. Names are data from outside."""
        with self._connections.look() as connection:
            return {str(row.entity): row.name for row in connection.execute(select(entity_names))}


def refs_of(moves: Iterable[Move]) -> set[EntityRef]:
    """What these moves name."""
    found: set[EntityRef] = set()
    for move in moves:
        found |= {move.vm, move.source, move.destination}
    return found


def _name_of(inventory: Inventory, ref: EntityRef) -> str | None:
    entity = inventory.find_vm(ref) or inventory.find_host(ref) or inventory.find_datastore(ref)
    return entity.name if entity else None
