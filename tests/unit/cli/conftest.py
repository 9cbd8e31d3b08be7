"""Saved inventories, and the front door to use them with."""

from pathlib import Path

import pytest

from recommender.inventory.inventory import Inventory
from recommender.journal.inventory_file import SavedInventory, write_inventory
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.front_door import FrontDoor


@pytest.fixture
def recommender(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> FrontDoor:
    return FrontDoor(monkeypatch, capfd)


@pytest.fixture
def full_and_empty() -> Inventory:
    """Two hosts of one cluster, everything on the first."""
    hosts = [make_host(name, cluster=ref("cluster")) for name in ("esx-full", "esx-empty")]
    return make_inventory(hosts, [make_vm(f"web-{number}", "esx-full", cpu=2800) for number in range(6)])


@pytest.fixture
def saved(full_and_empty: Inventory, tmp_path: Path) -> str:
    return save(full_and_empty, tmp_path / "inventory.json")


def save(inventory: Inventory, path: Path, policy: Policy | None = None) -> str:
    write_inventory(path, SavedInventory(inventory=inventory, policy=policy or Policy(), recent_moves=(), seed=7))
    return str(path)
