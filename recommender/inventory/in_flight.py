"""A migration under way, ours or anybody's: it holds room at both ends until it ends."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationInFlight:
    """``vm`` is on its way to ``destination``. A storage-only migration has its own host as destination."""

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    destination: EntityRef
    destination_datastores: tuple[EntityRef, ...] = ()
