"""Right before a host goes into maintenance mode: what changed since the plan was made keeps it here, and is told."""

from collections.abc import Sequence
from dataclasses import replace

from recommender.errors import InventoryUnavailable
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import Policy
from recommender.ports import StepState, VsanHealth
from recommender.service.absence_gate import AbsenceGate, vsan_trouble
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision
from recommender.service.saved_decision import saved_decision
from tests.inventories import ref
from tests.unit.service.maintenances import a_cluster, health_of, with_vsan
from tests.unit.service.stages import Stage, an_evacuation
from tests.unit.service.test_evacuation import run
from tests.unit.service.test_host_evacuation import decided

REBUILDING = VsanHealth(resyncing_objects=2)


def telling(stage: Stage, *health: VsanHealth) -> Stage:
    """``health`` is what vSAN tells, one a time, and then that all is well."""
    stage.datacenter.vsan_health = health_of(list(health))  # type: ignore[method-assign,assignment]
    return stage


def test_a_host_stays_that_vsan_needs_by_the_time_it_is_empty() -> None:
    stage = telling(Stage(with_vsan()), *[REBUILDING] * 9)
    decision = decided(stage.datacenter.read(), "a")
    assert isinstance(decision, Decision)
    saved = saved_decision(decision, author="ann", created_at=stage.clock.now(), maintenance_mode=True)
    carried = carry_out(saved, stage.world, stage.journal, policy=Policy(), author="ann", stop=lambda: False)
    ((_, outcome),) = carried.maintenance
    assert outcome.state is StepState.SKIPPED
    assert outcome.detail == "vSAN of cluster c is not ready: 2 objects are being rebuilt"
    assert not stage.is_in_maintenance(ref("a"))


def test_the_service_looks_again_until_vsan_is_ready() -> None:
    stage = telling(Stage(with_vsan()), REBUILDING)
    assert run(stage, an_evacuation(maintenance_mode=True)) is None
    assert "it waits: vSAN of cluster c is not ready: 2 objects are being rebuilt" in stage.cycles[-1][2]
    assert stage.sent == 0
    assert run(stage, an_evacuation(maintenance_mode=True))
    assert stage.is_in_maintenance(ref("a"))


def test_vsan_is_asked_before_the_first_of_a_fault_domain_goes() -> None:
    inventory = with_vsan()
    hosts = tuple(replace(host, vsan_fault_domain="rack") for host in inventory.hosts)
    inventory = replace(inventory, hosts=hosts)
    gate = AbsenceGate(telling(Stage(inventory), VsanHealth(), REBUILDING).datacenter)
    assert gate.reason_against(inventory, ref("a")) is None
    assert gate.reason_against(inventory, ref("b")) is None  # what the first one began to rebuild is no reason


def test_hosts_of_one_plan_count_together_for_ha() -> None:
    inventory = with_ha(failures=2)
    gate = AbsenceGate(Stage(inventory).datacenter)
    assert gate.reason_against(inventory, ref("a")) is None
    told = gate.reason_against(inventory, ref("b"))
    assert str(told).startswith("with 2 of its hosts away, HA tolerates the failure of 2 of 2 hosts: 12 VMs would run")


def test_an_evacuation_that_would_leave_ha_too_little_is_refused_with_numbers() -> None:
    told = decided(with_ha(failures=2), "a", "b")
    assert isinstance(told, str)
    assert "with 2 of its hosts away, HA tolerates the failure of 2 of 2 hosts: 12 VMs would run, 0 slots" in told
    assert isinstance(decided(with_ha(failures=2), "a"), Decision)
    assert isinstance(decided(with_ha(failures=2), "a", "b", maintenance_mode=False), Decision)  # they stay in HA


def test_vsan_that_does_not_tell_is_not_taken_for_well() -> None:
    stage = Stage(with_vsan())

    def silent(hosts: Sequence[EntityRef]) -> VsanHealth:
        raise InventoryUnavailable(f"no host of {len(hosts)} tells")

    stage.datacenter.vsan_health = silent  # type: ignore[method-assign]
    told = vsan_trouble(stage.datacenter.read(), stage.datacenter, [ref("a")])
    assert told == "vSAN of cluster c is not ready: it does not tell how it is (no host of 4 tells)"


def with_ha(failures: int) -> Inventory:
    control = AdmissionControl(policy=AdmissionPolicy.SLOTS, host_failures=failures)
    inventory = a_cluster()
    (cluster,) = inventory.clusters
    return replace(inventory, clusters=(replace(cluster, ha_enabled=True, admission_control=control),))
