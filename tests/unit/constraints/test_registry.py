"""The list of rules is complete, has one name a rule, and gives each rule its part of the policy."""

import ast
from pathlib import Path
from typing import Any

import pytest

from recommender.constraints import registry
from recommender.constraints.base import Constraint
from recommender.constraints.registry import CONSTRAINT_NAMES, constraints_for, unknown_constraint_names
from recommender.policy import MemoryBasis, MoveScope, Policy
from tests.inventories import ref

FOLDER = Path(registry.__file__).parent
TESTS = Path(__file__).parent
EVERY_RULE = constraints_for(Policy())
SHARED = {"__init__", "base", "check", "host_capacity", "registry"}  # files that are no rule


def listed(name: str, policy: Policy, **more: Any) -> Any:
    return next(constraint for constraint in constraints_for(policy, **more) if constraint.name == name)


def test_only_groups_and_evacuations_may_be_broken_on_the_way() -> None:
    assert {rule.name for rule in EVERY_RULE if not rule.continuous} == {
        "vm_affinity",
        "evacuated_host",
        "evacuated_datastore",
    }


def test_every_file_is_one_rule_and_every_rule_is_listed_once() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert sorted(CONSTRAINT_NAMES) == sorted(files)


def test_a_rule_is_named_like_its_file() -> None:
    for constraint in constraints_for(Policy()):
        assert type(constraint).__module__ == f"recommender.constraints.{constraint.name}"


def test_every_rule_has_a_test_file() -> None:
    assert {f"test_{name}.py" for name in CONSTRAINT_NAMES} <= {path.name for path in TESTS.glob("test_*.py")}


def test_no_rule_imports_another() -> None:
    for name in CONSTRAINT_NAMES:
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        others = {f"recommender.constraints.{other}" for other in CONSTRAINT_NAMES if other != name}
        assert imported & others == set(), name


@pytest.mark.parametrize("constraint", constraints_for(Policy()), ids=CONSTRAINT_NAMES)
def test_a_rule_is_a_value(constraint: Constraint) -> None:
    again = next(other for other in constraints_for(Policy()) if other.name == constraint.name)
    assert constraint == again
    assert hash(constraint) == hash(again)


def test_the_policy_reaches_the_rules() -> None:
    policy = Policy(
        cpu_reserve_percent=7,
        memory_reserve_percent=9,
        memory_basis=MemoryBasis.CONSUMED,
        max_rtt_ms=20.0,
        excluded_vms=("db-*",),
        excluded_tags=("pinned",),
        move_scope=MoveScope.DATACENTER,
    )
    assert listed("cpu_capacity", policy).reserve_percent == 7
    memory = listed("memory_capacity", policy)
    assert (memory.reserve_percent, memory.basis) == (9, MemoryBasis.CONSUMED)
    assert listed("round_trip_time", policy).max_rtt_ms == 20.0
    excluded = listed("excluded_vm", policy)
    assert (excluded.patterns, excluded.tags) == (("db-*",), {"pinned"})
    assert listed("move_scope", policy).scope is MoveScope.DATACENTER


def test_evacuated_hosts_reach_their_rule() -> None:
    assert listed("evacuated_host", Policy(), evacuate=(ref("h1"), ref("h2"))).hosts == {ref("h1"), ref("h2")}
    assert listed("evacuated_host", Policy()).hosts == frozenset()


def test_the_unknown_is_permitted_for_the_named_rules_alone() -> None:
    can_be_unknown = {rule.name for rule in constraints_for(Policy()) if hasattr(rule, "unknown_permitted")}
    assert can_be_unknown == {
        "cross_vcenter",
        "vmotion_enabled",
        "round_trip_time",
        "cpu_compatibility",
        "cpu_capacity",
        "memory_capacity",
        "pinned_vm",
        "hardware_version",
        "encryption_supported",
        "lun_reachable",
        "storage_round_trip_time",
        "vm_size",
        "fault_domains",
        "vgpu_slots",
        "licensed_hosts",
        "pool_capacity",
    }
    for permitted in can_be_unknown:
        policy = Policy(permitted_unknowns=(permitted,))
        assert {name for name in can_be_unknown if listed(name, policy).unknown_permitted} == {permitted}


def test_names_of_no_rule_are_found() -> None:
    policy = Policy(permitted_unknowns=("round_trip_time", "round_trip_tyme"))
    assert unknown_constraint_names(policy) == ("round_trip_tyme",)
