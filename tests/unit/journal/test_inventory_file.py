import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recommender.errors import DocumentError
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.site import SiteLink
from recommender.journal.inventory_file import SavedInventory, inventory_schema, read_inventory, write_inventory
from recommender.policy import AutomationLevel, Policy
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref

Spoil = Callable[[Any], object]


def saved(**changes: Any) -> SavedInventory:
    inventory = make_inventory(
        [make_host("h1", features=("cpuid.avx",)), make_host("h2")],
        [make_vm("v1", "h1"), make_vm("v2", "h2", features=("cpuid.avx",))],
    )
    move = RecentMove(instance_uuid="uuid-v1", source=ref("h2"), destination=ref("h1"), ended_at=TAKEN_AT)
    policy = Policy(automation_level=AutomationLevel.FULLY_AUTOMATED, permitted_unknowns=("round_trip_time",))
    return replace(SavedInventory(inventory=inventory, policy=policy, recent_moves=(move,), seed=7), **changes)


def problems_of(path: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_inventory(path)
    assert str(path) in str(caught.value)
    return list(caught.value.problems)


def spoiled(path: Path, *spoils: Spoil) -> list[str]:
    write_inventory(path, saved())
    document = json.loads(path.read_text())
    for spoil in spoils:
        spoil(document)
    path.write_text(json.dumps(document))
    return problems_of(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    write_inventory(path, saved())
    assert read_inventory(path) == saved()
    assert read_inventory(path).inventory.vms_on(ref("h1")) == saved().inventory.vms_on(ref("h1"))


def test_the_same_inventory_gives_the_same_ascii_text(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    named = make_inventory([make_host("h1", name="hôte\x1b[31m")], [])
    write_inventory(one, saved(inventory=named))
    write_inventory(other, read_inventory(one))
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes().isascii()
    assert b"\x1b" not in one.read_bytes()


def test_a_saved_inventory_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    path.touch(mode=0o644)
    write_inventory(path, saved())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file_and_no_debris(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    write_inventory(path, saved())
    endless = SiteLink(site_a="a", site_b="b", rtt_ms=float("inf"))
    with pytest.raises(DocumentError, match="not finite"):
        write_inventory(path, saved(inventory=replace(saved().inventory, site_links=(endless,))))
    assert read_inventory(path) == saved()
    assert list(tmp_path.iterdir()) == [path]


def test_writing_where_nothing_can_be_written_is_told_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        write_inventory(tmp_path / "absent" / "inventory.json", saved())
    with pytest.raises(DocumentError, match="not a regular file"):
        write_inventory(tmp_path, saved())


def test_what_is_written_fits_the_schema_and_the_schema_hides_the_index(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    write_inventory(path, saved())
    schema = inventory_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text()), schema)
    assert "_index" not in json.dumps(schema)
    assert "_index" not in path.read_text()


def test_times_come_back_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    berlin = timezone(timedelta(hours=1))
    write_inventory(path, saved(inventory=replace(saved().inventory, taken_at=datetime(2026, 1, 5, 13, tzinfo=berlin))))
    assert read_inventory(path).inventory.taken_at.isoformat() == "2026-01-05T12:00:00+00:00"


def test_all_problems_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    problems = spoiled(
        tmp_path / "inventory.json",
        lambda d: d["inventory"]["hosts"][0].update(cpu_mhz="fast"),
        lambda d: d["inventory"]["hosts"][1].update(colour="red"),
        lambda d: d["inventory"]["virtual_machines"][1].pop("instance_uuid"),
        lambda d: d["inventory"]["virtual_machines"][0]["host"].update(moid="gone"),
        lambda d: d["inventory"]["virtual_machines"][0]["disks"][0].update(size_mib=-1),
        lambda d: d["inventory"].update(taken_at="2026-01-05T12:00:00"),
        lambda d: d["inventory"]["datastores"].append(d["inventory"]["datastores"][0]),
        lambda d: d["policy"].update(max_rtt_ms=-1),
        lambda d: d["policy"]["weights"].update(balance=float("nan")),
        lambda d: d["recent_moves"][0].update(ended_at="2026-01-05T12:00:00"),
        lambda d: d.update(surprise=1),
    )
    assert {problem.split(": ")[0] for problem in problems} == {
        "inventory.hosts[0].cpu_mhz",
        "inventory.hosts[1].colour",
        "inventory.virtual_machines[1].instance_uuid",
        "inventory.virtual_machines[0].host",
        "inventory.virtual_machines[0].disks[0].size_mib",
        "inventory.taken_at",
        "inventory.datastores[1]",
        "policy.max_rtt_ms",
        "policy.weights.balance",
        "recent_moves[0].ended_at",
        "surprise",
    }


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d["inventory"]["hosts"][0].update(memory_mib=10**30), "hosts[0].memory_mib: is too large"),
        (lambda d: d["inventory"]["hosts"][0].update(memory_mib=-1), "hosts[0].memory_mib: is negative"),
        (lambda d: d["inventory"]["hosts"][0].update(is_powered_on="yes"), "valid boolean"),
        (lambda d: d["inventory"].update(taken_at=1767614400), "inventory.taken_at"),
        (lambda d: d["inventory"].update(hosts={}), "inventory.hosts"),
        (lambda d: d.update(inventory=None), "inventory"),
        (lambda d: d.update(seed=-1), "seed: is negative"),
        (lambda d: d.update({"\x1b[31m": 1}), '["\\u001b[31m"]: no such field'),
    ],
)
def test_one_wrong_value_is_named(tmp_path: Path, spoil: Spoil, told: str) -> None:
    assert any(told in problem for problem in spoiled(tmp_path / "inventory.json", spoil))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("recommender-inventory/2", "newer version"),
        ("recommender-inventory/0", "older version"),
        ("recommender-plan/1", "recommender-inventory/1 is expected"),
        ("recommender-inventory/", "recommender-inventory/1 is expected"),
        (1, "not a recommender-inventory document"),
    ],
)
def test_another_format_or_version_is_refused_before_its_content(tmp_path: Path, found: object, told: str) -> None:
    problems = spoiled(tmp_path / "inventory.json", lambda d: d.update(format=found), lambda d: d.pop("inventory"))
    assert len(problems) == 1
    assert told in problems[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Expecting value"),
        (b"{", "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "not a recommender-inventory document"),
    ],
)
def test_a_file_that_is_no_inventory_is_told_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "inventory.json"
    path.write_bytes(content)
    problems = problems_of(path)
    assert len(problems) == 1
    assert told in problems[0]
    assert "\n" not in problems[0]


def test_an_absent_file_and_a_directory_are_told_as_such(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "absent.json") == ["there is no such file"]
    assert problems_of(tmp_path) == ["Is a directory"]
