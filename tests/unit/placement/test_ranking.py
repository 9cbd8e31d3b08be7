"""Where one VM should run: stars for hosts that can take it, every refusing rule for those that cannot."""

import pytest

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.objectives.registry import objectives_for
from recommender.placement.answer import objective_of
from recommender.placement.ranking import rank_hosts
from recommender.placement.request import PlacementRequest
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host


def question() -> PlacementRequest:
    """``a`` on h1; h2 idle, h3 half used, h4 nearly full, h5 in maintenance with too little memory, h6 forbidden."""
    hosts = [small_host(f"h{number}") for number in (1, 2, 3, 4, 6)]
    hosts.append(small_host("h5", in_maintenance=True, memory=500))
    vms = [
        make_vm("a", "h1", cpu=2000, memory=1000),
        make_vm("half", "h3", cpu=4000, memory=1000),
        make_vm("full", "h4", cpu=7900, memory=1000),
        make_vm("enemy", "h6", cpu=0, memory=1000),
    ]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("enemy")))
    return request(hosts, vms, vm_anti_affinity_rules=(apart,))


def test_the_best_host_has_five_stars_the_worst_one_and_between_it_is_linear() -> None:
    asked = question()
    ranking = rank_hosts(asked, asked.inventory.vm(ref("a")))
    assert [option.host.moid for option in ranking.options] == ["h2", "h3", "h4"]
    best, middle, worst = (option.objective_change for option in ranking.options)
    assert best < middle < worst
    assert [option.stars for option in ranking.options] == [5, 5 - round(4 * (middle - best) / (worst - best)), 1]


def test_the_change_of_the_objective_is_that_of_the_move_alone() -> None:
    asked = question()
    start, terms = asked.inventory, objectives_for(asked.policy)
    for option in rank_hosts(asked, start.vm(ref("a"))).options:
        end = start.with_vm_on(ref("a"), option.host)
        change = objective_of(terms, start, end).total - objective_of(terms, start, start).total
        assert option.objective_change == pytest.approx(change)
        assert option.estimate.duration_p50_s > 0


def test_a_refused_host_tells_every_rule_that_refuses_it() -> None:
    asked = question()
    ranking = rank_hosts(asked, asked.inventory.vm(ref("a")))
    told = {
        refusal.host.moid: sorted(rejection.constraint for rejection in refusal.rejections)
        for refusal in ranking.refusals
    }
    assert told == {"h5": ["host_available", "memory_capacity"], "h6": ["vm_anti_affinity"]}


def test_hosts_that_are_alike_have_five_stars_each() -> None:
    asked = request([small_host("h1"), small_host("h2"), small_host("h3")], [make_vm("a", "h1", memory=1000)])
    options = rank_hosts(asked, asked.inventory.vm(ref("a"))).options
    assert [(option.host.moid, option.stars) for option in options] == [("h2", 5), ("h3", 5)]


def test_what_is_broken_where_the_vm_stands_is_told_as_well() -> None:
    asked = request([small_host("h1", in_maintenance=True), small_host("h2")], [make_vm("a", "h1", memory=1000)])
    broken = rank_hosts(asked, asked.inventory.vm(ref("a"))).stays_broken
    assert [violation.constraint for violation in broken] == ["host_available"]
