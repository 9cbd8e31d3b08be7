"""Budgets hold for any small question and any history: counted here from the answer alone, by nothing of the search."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.budget_policy import BudgetPolicy, GroupBudget
from recommender.inventory.recent_move import RecentMove
from recommender.placement.priority import MANDATORY
from recommender.placement.request import PlacementRequest
from recommender.placement.solve import solve
from tests.properties.every_placement import good_placements, is_small
from tests.properties.small_clusters import requests
from tests.properties.test_placement import forbidden_things

MOSTS = st.sampled_from((None, 0, 1, 2))
SHOP = "vm-[123]"


@st.composite
def limited_requests(draw: st.DrawFn) -> PlacementRequest:
    """A crowded small cluster, budgets of every kind, and a history that has used up a part of them."""
    asked = draw(requests())
    inventory = asked.inventory
    hosts = st.sampled_from([host.ref for host in inventory.hosts])
    history = tuple(
        RecentMove(
            instance_uuid=vm.instance_uuid,
            source=draw(hosts),
            destination=draw(hosts),
            ended_at=inventory.taken_at - timedelta(minutes=draw(st.sampled_from((5, 59, 61, 600)))),
        )
        for vm in draw(st.lists(st.sampled_from(inventory.virtual_machines), max_size=2))
    )
    most = draw(MOSTS)
    budget = BudgetPolicy(
        moves_per_hour=draw(MOSTS),
        moves_per_host_per_hour=draw(MOSTS),
        group=() if most is None else (GroupBudget(name="shop", moves_per_hour=most, vms=(SHOP,)),),
    )
    return replace(asked, policy=replace(asked.policy, budget=budget), recent_moves=history)


def overspent(request: PlacementRequest) -> list[str]:
    """The voluntary moves that a budget, all moves of this hour counted, does not allow."""
    budget, inventory = request.policy.budget, request.inventory
    hour = inventory.taken_at - timedelta(hours=1)
    names = {vm.instance_uuid: vm.name for vm in inventory.virtual_machines}
    result = solve(request)
    made = [
        (names[one.instance_uuid], one.source, one.destination) for one in request.recent_moves if one.ended_at > hour
    ]
    made += [(inventory.vm(move.vm).name, move.source, move.destination) for move in result.moves]
    of_host = Counter(host for _, *hosts in made for host in {*hosts})
    shop = sum(fnmatchcase(name, SHOP) for name, *_ in made)
    found = []
    for move in result.moves:
        if move.priority == MANDATORY:
            continue
        name = inventory.vm(move.vm).name
        if budget.moves_per_hour is not None and len(made) > budget.moves_per_hour:
            found.append(f"{name}: one of {len(made)} moves")
        if (most := budget.moves_per_host_per_hour) is not None:
            found += [
                f"{name}: {host} {of_host[host]}" for host in (move.source, move.destination) if of_host[host] > most
            ]
        if budget.group and fnmatchcase(name, SHOP) and shop > budget.group[0].moves_per_hour:
            found.append(f"{name}: one of {shop} of the shop")
    return found


@given(limited_requests())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_no_move_that_nobody_needs_goes_beyond_a_budget(request: PlacementRequest) -> None:
    assert overspent(request) == []
    assert forbidden_things(request) == []


@given(limited_requests().filter(is_small))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_what_rules_demand_is_done_whatever_the_budget(request: PlacementRequest) -> None:
    free = replace(request, policy=replace(request.policy, budget=BudgetPolicy()), recent_moves=())
    if any(good_placements(free)):
        assert not solve(request).remaining_violations
