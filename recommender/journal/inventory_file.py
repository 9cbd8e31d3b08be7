"""Saved inventories: one versioned JSON document that holds everything a decision depends on, so it can be replayed."""

from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.journal.document_file import read_document, write_document
from recommender.journal.inventory_check import inventory_problems
from recommender.policy import Policy

INVENTORY_FORMAT: Final = "recommender-inventory/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedInventory:
    """What a decision is made from; *now* is ``inventory.taken_at``, sites are in the inventory."""

    inventory: Inventory
    policy: Policy
    recent_moves: tuple[RecentMove, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "Saved inventory"}

    format: Literal["recommender-inventory/1"]
    inventory: Inventory
    policy: Policy
    recent_moves: tuple[RecentMove, ...]
    seed: int


_ADAPTER: Final = TypeAdapter(_Document)


def read_inventory(path: Path) -> SavedInventory:
    """The saved inventory in a file, its times in UTC. Raises ``DocumentError`` with every problem and its place."""
    document = read_document(path, _ADAPTER, INVENTORY_FORMAT, inventory_problems)
    return SavedInventory(
        inventory=replace(document.inventory, taken_at=document.inventory.taken_at.astimezone(UTC)),
        policy=document.policy,
        recent_moves=tuple(replace(move, ended_at=move.ended_at.astimezone(UTC)) for move in document.recent_moves),
        seed=document.seed,
    )


def write_inventory(path: Path, saved: SavedInventory) -> None:
    """Save an inventory (mode 0600, all or nothing), the same text for the same inventory. Raises ``DocumentError``."""
    document = _Document(
        format=INVENTORY_FORMAT,
        inventory=saved.inventory,
        policy=saved.policy,
        recent_moves=saved.recent_moves,
        seed=saved.seed,
    )
    write_document(path, _ADAPTER.dump_python(document, mode="json"))


def inventory_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a saved inventory."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _ADAPTER.json_schema()
