"""Evacuations of hosts in clusters that DRS steers: by maintenance mode only, within the cluster, and said."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from recommender.errors import PlanStale
from recommender.inventory.inventory import Inventory
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import AutomationLevel, MoveScope, Policy
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision
from recommender.service.evacuations.host_evacuation import decide_evacuation
from recommender.service.saved_decision import saved_decision
from tests.inventories import make_host, make_vm, ref
from tests.unit.actuation.test_vcenter_evacuation import steered
from tests.unit.service.stages import Stage, an_evacuation
from tests.unit.service.test_evacuation import run

FULL = AutomationLevel.FULLY_AUTOMATED


def decided(inventory: Inventory, *hosts: str, maintenance_mode: bool = True, **policy: Any) -> Decision | str:
    request = PlacementRequest(
        inventory=inventory,
        policy=Policy(**policy),
        goal=Goal.EVACUATE,
        evacuate=tuple(ref(host) for host in hosts),
    )
    return decide_evacuation(request, maintenance_mode=maintenance_mode)


def test_without_maintenance_mode_it_is_refused_with_what_would_do() -> None:
    told = decided(steered(), "a", maintenance_mode=False)
    assert isinstance(told, str)
    assert told.startswith("DRS is fully automated where a is: only entering maintenance mode lets vCenter empty it")
    assert "policy.own_moves_in_drs_clusters = true moves them all the same" in told
    assert isinstance(decided(steered(), "a", maintenance_mode=False, own_moves_in_drs_clusters=True), Decision)


def test_the_forecast_stays_in_the_cluster_whatever_the_policy_lets_us_do() -> None:
    roomy = make_host("roomy", cpu_mhz=400_000)
    inventory = replace(steered(), hosts=(*steered().hosts, roomy))
    told = decided(inventory, "a", move_scope=MoveScope.DATACENTER)
    assert isinstance(told, Decision)
    assert {move.destination for move in told.result.moves} <= {ref("b"), ref("c")}
    assert told.request.policy.move_scope is MoveScope.DATACENTER  # so that its plan is not stale
    both = decided(inventory, "a", "roomy", move_scope=MoveScope.DATACENTER)
    assert isinstance(both, str)
    assert "evacuate them apart" in both


def test_the_service_asks_vcenter_once_and_writes_down_how_the_forecast_did() -> None:
    stage = Stage(steered())
    assert run(stage, an_evacuation(maintenance_mode=True))
    assert stage.sent == 0
    assert stage.is_in_maintenance(ref("a"))
    assert "vCenter moved 3 VMs in" in stage.cycles[-1][2]
    stage = Stage(steered())
    assert run(stage, an_evacuation())
    kind, status, detail = stage.cycles[-1]
    assert (kind, status) == ("evacuation", "refused")
    assert "only entering maintenance mode" in detail
    assert stage.sent == 0


def test_the_service_says_loudly_that_it_moves_vms_where_drs_steers() -> None:
    stage = Stage(steered(make_vm("v1", "a")))
    policy = Policy(automation_level=FULL, own_moves_in_drs_clusters=True)
    with capture_logs() as logs:
        assert run(stage, an_evacuation(maintenance_mode=True), policy=policy)
    assert stage.sent == 1
    assert any(entry["log_level"] == "warning" and "although DRS is fully" in entry["event"] for entry in logs)


def test_hosts_of_two_fault_domains_of_vsan_are_not_emptied_at_one_time() -> None:
    inventory = steered()
    cluster = replace(inventory.clusters[0], vsan_enabled=True, drs_enabled=False)
    inventory = replace(inventory, clusters=(cluster,))
    told = decided(inventory, "a", "b")
    assert isinstance(told, str)
    assert "these are of 2 (a in its own, b in its own)" in told
    assert isinstance(decided(inventory, "a"), Decision)
    racks = tuple(replace(host, vsan_fault_domain="rack-1") for host in inventory.hosts)
    assert isinstance(decided(replace(inventory, hosts=racks), "a", "b"), Decision)


def test_a_whole_cluster_at_one_time_is_a_no_with_numbers() -> None:
    told = decided(steered(), "a", "b", "c")
    assert str(told).startswith(
        "no host of cluster cl is left for its 3 VMs (12 GiB): all of its 3 hosts are to be emptied or take no VMs"
    )


def test_a_datastore_outside_of_datastore_clusters_has_no_maintenance_mode() -> None:
    told = decided(steered(), "ds")
    assert told == "ds: in no datastore cluster; vSphere knows maintenance mode of its members alone"
    assert isinstance(decided(steered(), "ds", maintenance_mode=False), Decision)


def test_a_plan_is_stale_once_drs_steers_where_it_did_not_or_no_longer_does() -> None:
    stage = Stage(steered())
    decision = decided(stage.datacenter.read(), "a")
    assert isinstance(decision, Decision)
    saved = saved_decision(decision, author="ann", created_at=stage.clock.now(), maintenance_mode=True)
    ours = replace(saved, plan=decision.plan, by_vcenter=(), forecast=None)
    with pytest.raises(PlanStale, match="DRS is fully automated now where host a is"):
        carry_out(ours, stage.world, stage.journal, policy=Policy(), author="ann", stop=lambda: False)
    assert stage.sent == 0


def test_a_host_of_which_a_former_call_is_open_is_not_asked_again() -> None:
    stage = Stage(steered())
    stage.journal.record_host_intent("f" * 64, ref("a"), "op", stage.clock.now())
    decision = decided(stage.datacenter.read(), "a")
    assert isinstance(decision, Decision)
    saved = saved_decision(decision, author="ann", created_at=stage.clock.now(), maintenance_mode=True)
    carried = carry_out(saved, stage.world, stage.journal, policy=Policy(), author="ann", stop=lambda: False)
    ((_, outcome),) = carried.maintenance
    assert outcome.detail.startswith("what became of the call for maintenance mode of")
