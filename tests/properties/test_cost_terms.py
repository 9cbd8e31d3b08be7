"""Every cost term tells the search what it tells a reader: the same cost for the same placement, on any inventory."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostTerm
from recommender.objectives.registry import objectives_for
from recommender.placement.build_problem import build_problem
from recommender.placement.engine.state import SearchState
from recommender.placement.free_vms import FreeVms
from recommender.placement.request import PlacementRequest
from recommender.policy import Policy
from tests.properties.every_placement import end_of
from tests.properties.inventories import Situation, situations
from tests.properties.small_clusters import requests

thorough = settings(max_examples=30, deadline=None, derandomize=True)


def search_cost(inventory: Inventory, term: CostTerm, places: list[int] | None) -> float:
    """What the search takes a placement of all VMs at rest to cost (``None``: as they are)."""
    at_rest = tuple(vm for vm in inventory.virtual_machines if inventory.in_flight_of(vm.ref) is None)
    free = FreeVms(vms=at_rest, must_leave=frozenset(), to_mend=(), is_reluctant=False)
    problem = build_problem(inventory, (), (term,), free)
    return SearchState(problem, None if places is None else np.array(places, dtype=np.int64)).cost()


def check(inventory: Inventory, policy: Policy, data: st.DataObject) -> None:
    at_rest = [vm.ref for vm in inventory.virtual_machines if inventory.in_flight_of(vm.ref) is None]
    host = st.integers(0, len(inventory.hosts) - 1)
    places = data.draw(st.lists(host, min_size=len(at_rest), max_size=len(at_rest)))
    end = end_of(inventory, {vm: inventory.hosts[place].ref for vm, place in zip(at_rest, places, strict=True)})
    for term in objectives_for(policy):
        of_start, of_end = search_cost(inventory, term, None), search_cost(inventory, term, places)
        # What VMs in flight cost is no matter of the search: it is the same at the start and at the end.
        of_others = term.cost(inventory, inventory) - of_start
        assert term.cost(inventory, end) == pytest.approx(of_end + of_others, rel=1e-9, abs=1e-6), term.name
        if not inventory.in_flight:
            assert of_others == pytest.approx(0.0, abs=1e-6), term.name


@given(requests(), st.data())
@thorough
def test_terms_and_search_agree_in_a_small_cluster(request: PlacementRequest, data: st.DataObject) -> None:
    check(request.inventory, request.policy, data)


@given(situations(), st.data())
@thorough
def test_terms_and_search_agree_where_everything_is_rare(situation: Situation, data: st.DataObject) -> None:
    check(situation.inventory, situation.policy, data)


@given(situations(), st.data())
@thorough
def test_hosts_of_different_size_are_weighed_alike(situation: Situation, data: st.DataObject) -> None:
    sizes = st.sampled_from((0, 1000, 7000, 64_000))
    hosts = tuple(
        replace(host, cpu_mhz=data.draw(sizes), memory_mib=data.draw(sizes)) for host in situation.inventory.hosts
    )
    check(replace(situation.inventory, hosts=hosts), situation.policy, data)
