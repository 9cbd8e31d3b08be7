"""The fewest hosts that carry everything, and which could be switched off."""

from typing import Any

import pytest

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.cluster import Cluster
from recommender.placement.answer import inventory_after
from recommender.placement.consolidate import ConsolidationAnswer, consolidate
from recommender.placement.request import Goal
from recommender.placement.result import Reason, SolveStatus
from recommender.policy import Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import CLUSTER, request, small_host

HOSTS = [small_host(f"h{number}") for number in (1, 2, 3, 4)]
VMS = [make_vm(f"vm-{number}", f"h{number}", cpu=2000, memory=3000) for number in (1, 2, 3, 4)]


def answer_of(**changes: Any) -> ConsolidationAnswer:
    hosts, vms = changes.pop("hosts", HOSTS), changes.pop("vms", VMS)
    return consolidate(request(hosts, vms, goal=Goal.CONSOLIDATE, **changes))


def cluster(**changes: Any) -> tuple[Cluster, ...]:
    return (Cluster(ref=CLUSTER, name="c1", datacenter="dc", ha_enabled=True, **changes),)


def test_as_many_hosts_as_headroom_allows_become_empty() -> None:
    # 12,000 MiB into hosts of 10,000 used to 85 % at most: two.
    answer = answer_of()
    assert (len(answer.switch_off), answer.hosts_on, answer.least_hosts_on) == (2, 2, 2)
    end = inventory_after(answer.question.inventory, answer.result.moves)
    assert all(not end.vms_on(host) for host in answer.switch_off)
    assert max(sum(vm.memory_mib for vm in end.vms_on(host.ref)) for host in HOSTS) <= 8500
    assert {move.reason for move in answer.result.moves} == {Reason.POWER_SAVING}
    assert len(answer.result.moves) == 2


def test_the_objective_counts_hosts_and_its_bound_those_that_have_to_stay() -> None:
    result = answer_of().result
    assert dict(result.starting_objective.terms)["consolidation"] == 4 * 2000
    assert dict(result.objective.terms)["consolidation"] == 2 * 2000
    assert result.bound == 2 * 2000
    assert result.status is SolveStatus.FEASIBLE


def test_a_rule_keeps_hosts_on() -> None:
    apart = VmAntiAffinityRule(name="apart", vms=tuple(vm.ref for vm in VMS[:3]))
    answer = answer_of(vm_anti_affinity_rules=(apart,))
    assert answer.hosts_on == 3
    assert answer.result.remaining_violations == ()


def test_less_headroom_keeps_more_hosts_on() -> None:
    assert answer_of(policy=Policy(cpu_reserve_percent=0, memory_reserve_percent=0, headroom_percent=50)).hosts_on == 4


def test_ha_keeps_two_hosts_although_one_could_carry_all() -> None:
    light = [make_vm("a", "h1", cpu=100, memory=100)]
    assert answer_of(vms=light).hosts_on == 1
    assert answer_of(vms=light, clusters=cluster()).hosts_on == 2


def test_ha_s_reserve_is_kept_among_the_hosts_that_stay_on() -> None:
    # Every VM reserves 2,500 MiB: 10,000 in all, and half of the memory that is on has to stay unreserved.
    reserving = [make_vm(f"vm-{n}", f"h{n}", cpu=100, memory=2500, memory_reservation_mib=2500) for n in (1, 2, 3, 4)]
    control = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, memory_percent=60)
    assert answer_of(vms=reserving, clusters=cluster()).hosts_on == 2
    assert answer_of(vms=reserving, clusters=cluster(admission_control=control)).hosts_on == 3


def test_hosts_that_ha_keeps_for_failures_are_not_switched_off() -> None:
    control = AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("h4"),))
    answer = answer_of(vms=VMS[:1], clusters=cluster(admission_control=control))
    assert ref("h4") not in answer.switch_off
    assert answer.hosts_on == 2


@pytest.mark.parametrize("hosts", [HOSTS[:1], [small_host("h1"), small_host("h2", in_maintenance=True)]])
def test_the_last_host_stays_on(hosts: list[Any]) -> None:
    answer = answer_of(hosts=hosts, vms=VMS[:1])
    assert (answer.switch_off, answer.result.status) == ((), SolveStatus.NOTHING_TO_DO)


def test_a_vm_that_may_not_be_moved_keeps_its_host_on() -> None:
    policy = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, excluded_vms=("vm-1", "vm-2", "vm-3"))
    answer = answer_of(policy=policy)
    assert answer.switch_off == (ref("h4"),)
