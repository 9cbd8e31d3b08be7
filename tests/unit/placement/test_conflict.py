"""Why it cannot be done: the smallest set that clashes, and ways out that were tried."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.host import Host
from recommender.placement.conflicts.conflict import find_clash
from recommender.placement.conflicts.diagnosis import Diagnosis, diagnose
from recommender.placement.conflicts.relaxations import Relaxation, RelaxationKind
from recommender.placement.request import PlacementRequest
from recommender.placement.solve import solve
from recommender.policy import FaultDomainGroup, Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import evacuation, request, small_host

HOSTS = [small_host(name) for name in ("h1", "h2", "h3")]
A, B = ref("a"), ref("b")


def diagnosis_of(asked: PlacementRequest) -> Diagnosis:
    found = diagnose(asked, solve(asked))
    assert found is not None
    assert found.conflict.is_smallest
    return found


def members(found: Diagnosis) -> set[tuple[str, str | None, str | None]]:
    return {(one.constraint, one.rule, one.host.moid if one.host else None) for one in found.conflict.members}


def of_kind(found: Diagnosis, kind: RelaxationKind) -> Sequence[Relaxation]:
    return [relaxation for relaxation in found.relaxations if relaxation.kind is kind]


def test_rules_that_contradict_each_other_are_named_both_and_nothing_else() -> None:
    together, apart = VmAffinityRule(name="tog", vms=(A, B)), VmAntiAffinityRule(name="apart", vms=(A, B))
    vms = [make_vm(name, "h1", cpu=1, memory=1) for name in "abc"]
    found = diagnosis_of(request(HOSTS, vms, vm_affinity_rules=(together,), vm_anti_affinity_rules=(apart,)))
    assert members(found) == {("vm_affinity", "tog", None), ("vm_anti_affinity", "apart", None)}
    assert set(found.conflict.vms) == {A, B}
    assert {relaxation.rule for relaxation in of_kind(found, RelaxationKind.WITHOUT_RULE)} == {"tog", "apart"}
    assert {relaxation.vm for relaxation in of_kind(found, RelaxationKind.LEAVE_OUT_VM)} == {A, B}


def test_a_must_and_a_must_not() -> None:
    must = VmHostRule(name="must", vms=(A,), hosts=(ref("h2"),))
    must_not = VmHostRule(name="must not", vms=(A,), hosts=(ref("h2"),), is_affine=False)
    found = diagnosis_of(request(HOSTS, [make_vm("a", "h1", cpu=1, memory=1)], vm_host_rules=(must, must_not)))
    assert members(found) == {("vm_host_affinity", "must", None), ("vm_host_affinity", "must not", None)}


def test_more_vms_to_be_separated_than_hosts() -> None:
    apart = VmAntiAffinityRule(name="apart", vms=tuple(map(ref, "abcd")))
    vms = [make_vm(name, "h1", cpu=1, memory=1) for name in "abcd"]
    found = diagnosis_of(request(HOSTS, vms, vm_anti_affinity_rules=(apart,)))
    assert members(found) == {("vm_anti_affinity", "apart", None)}
    assert found.conflict.members[0].group == 4


def test_a_vm_larger_than_any_host() -> None:
    found = diagnosis_of(request(HOSTS, [make_vm("a", "h1", cpu=1, memory=20_000)]))
    assert members(found) == {("memory_capacity", None, host) for host in ("h1", "h2", "h3")}
    (more,) = of_kind(found, RelaxationKind.MORE_CAPACITY)
    assert (more.amount, more.unit, len(more.hosts)) == (10_000, "MiB", 3)
    short = found.conflict.members[0].shortage
    assert short is not None
    assert (short.capacity, short.asked, short.room) == ("memory_capacity", 20_000, 10_000)


def test_capacity_that_is_short_by_an_amount_counts_the_reserve_in() -> None:
    # h2 may fill 9,000 of 10,000 MiB, and 4,000 are taken by a VM that nobody may move.
    vms = [make_vm("a", "h1", cpu=1, memory=6000), make_vm("stays", "h2", cpu=1, memory=4000)]
    policy = Policy(cpu_reserve_percent=0, memory_reserve_percent=10, excluded_vms=("stays",))
    found = diagnosis_of(evacuation(HOSTS[:2], vms, "h1", policy=policy))
    assert members(found) == {("evacuated_host", None, "h1"), ("memory_capacity", None, "h2")}
    (more,) = of_kind(found, RelaxationKind.MORE_CAPACITY)
    assert (more.amount, more.hosts) == (1112, (ref("h2"),))  # 90 % of it are the 1,000 MiB that lack


def test_an_excluded_vm_may_be_the_reason_and_the_way_out() -> None:
    vms = [make_vm("a", "h1", cpu=1, memory=1)]
    found = diagnosis_of(evacuation(HOSTS, vms, "h1", policy=Policy(excluded_vms=("a",))))
    assert ("excluded_vm", None, None) in members(found)
    assert [relaxation.rule for relaxation in of_kind(found, RelaxationKind.WITHOUT_RULE)] == ["excluded_vm"]


MAINTAINED = [small_host(name, in_maintenance=True) for name in ("h1", "h2")]


@pytest.mark.parametrize("hosts", [HOSTS[:1], MAINTAINED])
def test_one_host_alone_or_all_in_maintenance(hosts: list[Host]) -> None:
    asked = evacuation(hosts, [make_vm("a", "h1", cpu=1, memory=1)], "h1")
    found = diagnosis_of(asked)
    assert {one.constraint for one in found.conflict.members} <= {"evacuated_host", "host_available"}
    assert [relaxation.kind for relaxation in found.relaxations] == [RelaxationKind.LEAVE_OUT_VM]


RACKS = [small_host("h1", tags=("rack/r1",)), small_host("h2", tags=("rack/r2",)), small_host("h3", tags=("rack/r2",))]
QUORUM = FaultDomainGroup(name="quorum", domain="rack", vms=("q*",))


def test_a_group_that_finds_no_room_in_one_of_its_domains() -> None:
    vms = [make_vm(name, "h2", cpu=1, memory=1) for name in ("q1", "q2")]
    must = VmHostRule(name="must", vms=(ref("q1"), ref("q2")), hosts=(ref("h2"), ref("h3")))
    policy = Policy(fault_domains=(QUORUM,))
    found = diagnosis_of(request(RACKS, vms, vm_host_rules=(must,), policy=policy))
    assert members(found) == {("fault_domains", "quorum", None), ("vm_host_affinity", "must", None)}
    (spread,) = (one.spread for one in found.conflict.members if one.constraint == "fault_domains")
    assert spread == (1, 1)
    assert {one.rule for one in of_kind(found, RelaxationKind.WITHOUT_RULE)} == {"quorum", "must"}
    assert {one.vm for one in of_kind(found, RelaxationKind.LEAVE_OUT_VM)} == {ref("q1"), ref("q2")}


def test_a_rack_that_is_emptied_of_a_group_that_needs_it() -> None:
    vms = [make_vm("q1", "h1", cpu=1, memory=1), make_vm("q2", "h2", cpu=1, memory=1)]
    found = diagnosis_of(evacuation(RACKS, vms, "h1", policy=Policy(fault_domains=(QUORUM,))))
    assert ("fault_domains", "quorum", None) in members(found)
    assert [one.rule for one in of_kind(found, RelaxationKind.WITHOUT_RULE)] == ["quorum"]


def test_what_can_be_done_has_no_conflict() -> None:
    asked = evacuation(HOSTS, [make_vm("a", "h1", cpu=1, memory=1)], "h1")
    assert diagnose(asked, solve(asked)) is None


def test_a_host_that_is_not_asked_about_and_too_full_is_no_conflict() -> None:
    full = [make_vm(name, "h2", cpu=1, memory=1, cpu_reservation_mhz=6_000) for name in ("x", "y")]
    asked = request(HOSTS[:2], [make_vm("a", "h1", cpu=1, memory=1, cpu_reservation_mhz=5_000), *full])
    assert find_clash(asked) is not None
    assert find_clash(replace(asked, among=(ref("h1"),))) is None
