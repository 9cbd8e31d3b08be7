"""Which CPUs a guest accepts, by feature requirements and, where those are missing, by EVC modes."""

from typing import Any

import pytest

from recommender.constraints.cpu_compatibility import CpuCompatibility, requirement_is_met
from recommender.inventory.cluster import Cluster
from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = CpuCompatibility()
PERMITTING = CpuCompatibility(unknown_permitted=True)


def two_hosts(there: dict[str, Any], **vm: Any) -> Inventory:
    return make_inventory([make_host("here"), make_host("there", **there)], [make_vm("a", "here", **vm)])


def by_evc(needed: str | None, offered: str | None, **there: Any) -> Inventory:
    return two_hosts({"max_evc_mode": offered, **there}, features=None, min_required_evc_mode=needed)


@pytest.mark.parametrize(
    ("requirement", "capability", "is_met"),
    [
        ("Bool:Min:1", "1", True),
        ("Bool:Min:1", "0", False),
        ("Num:Min:4", "5", True),
        ("Num:Max:4", "4", True),
        ("Num:Max:4", "5", False),
        ("Num:Equal:4", "4", True),
        ("Num:Equal:4", "5", False),
        ("Num:Min:0x10", "17", True),
        ("Text:Equal:odd", "odd", True),
        ("Text:Equal:odd", "even", False),
        ("Num:Min:odd", "1", None),
        ("Num:Near:4", "4", None),
        ("1", "1", True),
        ("1", "0", None),
    ],
)
def test_what_a_requirement_means(requirement: str, capability: str, is_met: bool | None) -> None:
    assert requirement_is_met(requirement, capability) is is_met


def test_a_guest_goes_where_all_its_features_are_offered() -> None:
    inventory = make_inventory(
        [make_host("here", features=("avx",)), make_host("more", features=("aes", "avx")), make_host("less")],
        [make_vm("a", "here", features=("avx",))],
    )
    assert hosts_for(RULE, inventory) == {"here", "more"}
    assert reasons_against(RULE, inventory, "more") == []
    assert reasons_against(RULE, inventory, "less") == ["avx: the VM needs Bool:Min:1, the host offers 0"]


@pytest.mark.parametrize("power", [PowerState.POWERED_ON, PowerState.SUSPENDED])
def test_a_suspended_guest_has_seen_its_cpu_too(power: PowerState) -> None:
    inventory = two_hosts({}, features=("avx",), power_state=power)
    assert hosts_for(RULE, inventory) == set()
    assert len(reasons_against(RULE, inventory, "there")) == 1


def test_a_powered_off_vm_has_seen_nothing() -> None:
    off = two_hosts({"feature_capabilities": None}, features=("avx",), power_state=PowerState.POWERED_OFF)
    assert hosts_for(RULE, off) == {"here", "there"}
    assert reasons_against(RULE, off, "there") == []


def test_a_host_that_tells_nothing_is_refused_unless_nothing_is_needed_or_the_policy_permits_it() -> None:
    silent = {"feature_capabilities": None}
    needing = two_hosts(silent, features=("avx", "aes"))
    assert reasons_against(RULE, needing, "there") == ["unknown: feature capabilities of the host (2 are required)"]
    assert "there" not in hosts_for(RULE, needing)
    assert reasons_against(PERMITTING, needing, "there") == []
    assert "there" in hosts_for(PERMITTING, needing)
    undemanding = two_hosts(silent, features=())
    assert reasons_against(RULE, undemanding, "there") == []
    assert "there" in hosts_for(RULE, undemanding)


def test_a_requirement_of_a_form_unknown_to_us_is_unknown_not_met() -> None:
    there = {"feature_capabilities": (FeatureCapability("new", "4"),)}
    inventory = two_hosts(there, feature_requirements=(FeatureRequirement("new", "Num:Near:4"),))
    assert reasons_against(RULE, inventory, "there") == ["unknown: what new = 'Num:Near:4' means (the host offers '4')"]
    assert hosts_for(RULE, inventory) == set()
    assert hosts_for(PERMITTING, inventory) == {"here", "there"}


def test_a_missing_feature_is_not_excused_by_another_that_is_unknown() -> None:
    needs = (FeatureRequirement("avx", "Bool:Min:1"), FeatureRequirement("new", "Num:Near:4"))
    inventory = two_hosts({}, feature_requirements=needs)
    assert hosts_for(PERMITTING, inventory) == set()
    assert reasons_against(PERMITTING, inventory, "there") == ["avx: the VM needs Bool:Min:1, the host offers 0"]


@pytest.mark.parametrize(
    ("needed", "offered", "reasons"),
    [
        ("intel-haswell", "intel-haswell", []),
        ("intel-haswell", "intel-skylake", []),
        ("intel-skylake", "intel-haswell", ["the VM needs EVC mode intel-skylake, the host offers intel-haswell"]),
        ("intel-merom", "amd-zen4", ["the VM needs EVC mode intel-merom, the host offers amd-zen4"]),
        ("intel-haswell", None, ["unknown: feature requirements of the VM, and EVC modes do not tell"]),
        (None, "intel-haswell", ["unknown: feature requirements of the VM, and EVC modes do not tell"]),
        ("intel-haswell", "made-after-us", ["unknown: feature requirements of the VM, and EVC modes do not tell"]),
    ],
)
def test_without_feature_requirements_evc_modes_tell(
    needed: str | None, offered: str | None, reasons: list[str]
) -> None:
    inventory = by_evc(needed, offered)
    assert reasons_against(RULE, inventory, "there") == reasons
    assert ("there" in hosts_for(RULE, inventory)) is (not reasons)
    is_only_unknown = all(reason.startswith("unknown:") for reason in reasons)
    assert ("there" in hosts_for(PERMITTING, inventory)) is is_only_unknown


def test_a_clusters_evc_mode_hides_what_its_hosts_could_do() -> None:
    cluster = Cluster(ref=ref("c"), name="c", datacenter="dc", evc_mode="intel-haswell")
    inventory = by_evc("intel-skylake", "intel-icelake", cluster=ref("c"))
    assert "there" in hosts_for(RULE, inventory)
    hidden = make_inventory(inventory.hosts, inventory.virtual_machines, clusters=(cluster,))
    assert "there" not in hosts_for(RULE, hidden)
    assert len(reasons_against(RULE, hidden, "there")) == 1


def test_a_vm_that_stays_is_not_driven_away_by_what_is_unknown() -> None:
    inventory = two_hosts({"feature_capabilities": None}, features=None)
    assert broken(RULE, inventory) == []
    unfit = two_hosts({}, features=("avx",))
    assert broken(RULE, unfit) == ["avx: the VM needs Bool:Min:1, the host offers 0"]


def test_both_ends_of_a_migration_are_looked_at_and_the_unknown_marked() -> None:
    inventory = two_hosts({"feature_capabilities": None}, features=("avx",)).with_in_flight(flight("a", "there"))
    found = list(RULE.violations(inventory, inventory.virtual_machines))
    assert [(violation.host, violation.is_unknown) for violation in found] == [
        (ref("here"), False),
        (ref("there"), True),
    ]
