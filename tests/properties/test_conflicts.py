"""A conflict is one, and is the smallest: held against every placement of a few VMs."""

from hypothesis import given, settings

from recommender.placement.conflicts.conflict import find_clash
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from tests.properties.every_placement import good_placements, is_small
from tests.properties.small_clusters import requests


@given(requests(eventful=True).filter(is_small))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_there_is_a_conflict_only_where_no_placement_is_good(request: PlacementRequest) -> None:
    clash = find_clash(request)
    if clash is not None:
        assert clash.conflict.members
        assert next(iter(good_placements(request, make_room=True)), None) is None


@given(requests(eventful=True).filter(is_small).filter(lambda asked: not asked.inventory.in_flight))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_where_no_placement_is_good_the_conflict_is_told(request: PlacementRequest) -> None:
    if next(iter(good_placements(request, make_room=True)), None) is None:
        assert find_clash(request) is not None


@given(requests(eventful=True))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_answer_that_keeps_every_rule_has_a_conflict(request: PlacementRequest) -> None:
    if solve(request).status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE, SolveStatus.NOTHING_TO_DO):
        assert find_clash(request) is None
