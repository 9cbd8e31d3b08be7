"""A VM's virtual hardware must be known to the ESXi release where it goes."""

import pytest

from recommender.constraints.hardware_version import HardwareVersion
from recommender.inventory.hardware_version import runs_hardware_version
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = HardwareVersion()


def vm_of_version(version: int | None) -> Inventory:
    hosts = [make_host(name, esxi_version=name) for name in ("6.7.0", "7.0.3", "8.0.2")]
    return make_inventory([*hosts, make_host("untold")], [make_vm("a", "8.0.2", hardware_version=version)])


@pytest.mark.parametrize(
    ("version", "allowed"),
    [
        (21, {"8.0.2"}),
        (19, {"7.0.3", "8.0.2"}),
        (14, {"6.7.0", "7.0.3", "8.0.2"}),
        (7, {"6.7.0", "7.0.3", "8.0.2", "untold"}),
        (None, {"6.7.0", "7.0.3", "8.0.2", "untold"}),
    ],
)
def test_a_vm_goes_where_its_hardware_is_known(version: int | None, allowed: set[str]) -> None:
    inventory = vm_of_version(version)
    assert hosts_for(RULE, inventory) == allowed
    for host in ("6.7.0", "7.0.3", "untold"):
        assert (reasons_against(RULE, inventory, host) == []) is (host in allowed)


def test_a_refusal_tells_both_versions() -> None:
    assert reasons_against(RULE, vm_of_version(21), "7.0.3") == [
        "the VM has hardware version 21, which needs ESXi 8.0.2; the host has 7.0.3"
    ]


def test_an_untold_release_refuses_unless_permitted() -> None:
    inventory = vm_of_version(21)
    assert reasons_against(RULE, inventory, "untold") == [
        "unknown: whether ESXi (release not told) runs hardware version 21"
    ]
    lenient = HardwareVersion(unknown_permitted=True)
    assert hosts_for(lenient, inventory) == {"8.0.2", "untold"}
    assert reasons_against(lenient, inventory, "untold") == []


def test_a_vm_that_stays_on_a_host_of_unknown_release_breaks_nothing() -> None:
    inventory = make_inventory([make_host("untold")], [make_vm("a", "untold", hardware_version=21)])
    assert broken(RULE, inventory) == []


@pytest.mark.parametrize(
    ("release", "version", "runs"),
    [
        ("8.0.2", 21, True),
        ("8.0.1", 21, False),
        ("8.0.1", 20, True),
        ("6.7.0", 15, None),  # update 2 or not: the number does not tell
        ("6.5.0", 15, False),
        ("7.0.0", 16, True),
        ("9.0.0", 22, True),
        ("12.0.0", 19, True),  # releases run what older ones ran
        ("12.0.0", 99, None),
        ("8.0.3", 99, False),
        ("7", 17, True),
        (None, 13, None),
        ("", 13, None),
        ("seven", 13, None),
    ],
)
def test_releases_and_hardware_versions(release: str | None, version: int, runs: bool | None) -> None:
    assert runs_hardware_version(release, version) is runs
