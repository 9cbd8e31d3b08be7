"""Clusters that have nothing to do with each other are planned apart, and side by side in one plan."""

from dataclasses import replace

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.independent_parts import independent_parts
from recommender.policy import ConcurrencyLimits, MoveScope
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned, timeline

IN_CLUSTER = replace(POLICY, move_scope=MoveScope.CLUSTER)


def two_clusters() -> Inventory:
    hosts = [make_host(name, cluster=ref(f"c{name[0]}"), datastores=("ds",)) for name in ("1a", "1b", "2a", "2b")]
    vms = [make_vm("x", "1a"), make_vm("y", "2a"), make_vm("z", "2b")]
    clusters = tuple(Cluster(ref=ref(name), name=name, datacenter="dc") for name in ("c1", "c2"))
    return make_inventory(hosts, vms, clusters=clusters)


def moves_of(inventory: Inventory) -> list[Move]:
    return [move(inventory, "x", "1b", seconds=10.0), move(inventory, "y", "2b", seconds=20.0)]


def parts(inventory: Inventory, **limits: int) -> list[list[str]]:
    policy = replace(IN_CLUSTER, limits=ConcurrencyLimits(**limits))
    found = independent_parts(inventory, policy, moves_of(inventory))
    return [[one.vm.moid for one in some] for _, some in found]


def test_two_clusters_are_two_parts_that_know_only_their_own_hosts_and_vms() -> None:
    inventory = two_clusters()
    found = independent_parts(inventory, IN_CLUSTER, moves_of(inventory))
    assert [[host.name for host in within.hosts] for within, _ in found] == [["1a", "1b"], ["2a", "2b"]]
    assert [[vm.name for vm in within.virtual_machines] for within, _ in found] == [["x"], ["y", "z"]]


def test_a_rule_a_scarce_datastore_and_migrations_of_others_join_clusters() -> None:
    inventory = two_clusters()
    rule = VmAntiAffinityRule(name="apart", vms=(ref("x"), ref("y")))
    assert parts(inventory) == [["x"], ["y"]]
    assert parts(replace(inventory, vm_anti_affinity_rules=(rule,))) == [["x", "y"]]
    assert parts(inventory, datastore_units=2) == [["x"], ["y"]]
    assert parts(inventory, datastore_units=1) == [["x", "y"]]
    others = MigrationInFlight(vm=ref("z"), destination=ref("2a"))
    assert parts(replace(inventory, in_flight=(others,))) == [["x", "y"]]


def test_where_vms_may_leave_their_clusters_everything_is_one_part() -> None:
    inventory = two_clusters()
    assert len(independent_parts(inventory, POLICY, moves_of(inventory))) == 1
    assert independent_parts(inventory, POLICY, []) == []


def test_parts_run_side_by_side_with_steps_numbered_by_start() -> None:
    inventory = two_clusters()
    more = [*moves_of(inventory), move(inventory, "z", "2a", seconds=5.0)]
    one_at_a_time = replace(IN_CLUSTER, limits=ConcurrencyLimits(host_units=1))
    plan = planned(inventory, more, one_at_a_time)
    assert timeline(plan) == {"x": (0.0, 10.0), "z": (0.0, 5.0), "y": (5.0, 25.0)}  # short ones first
    assert [step.number for step in plan.steps] == [1, 2, 3]
    assert plan.makespan_lower_bound_s <= plan.makespan_s == 25.0


def test_dependencies_name_the_numbers_of_the_joined_plan() -> None:
    hosts = [make_host(name, cluster=ref(f"c{name[0]}")) for name in ("1a", "1b", "2a", "2b", "2c")]
    vms = [make_vm("x", "1a"), make_vm("big", "2a", memory=60_000), make_vm("other", "2b", memory=60_000)]
    inventory = make_inventory(hosts, vms)
    wanted = [move(inventory, "x", "1b"), move(inventory, "big", "2b"), move(inventory, "other", "2c")]
    steps = {step.move.vm.moid: step for step in planned(inventory, wanted, IN_CLUSTER).steps}
    assert steps["big"].depends_on == (steps["other"].number,)
