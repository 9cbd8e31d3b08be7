"""A conflict about disks is one: held against every choice of datastores of a few VMs that stay on their host."""

from hypothesis import given, settings

from recommender.placement.conflicts.conflict import find_clash
from recommender.placement.request import PlacementRequest
from recommender.placement.solve import solve
from tests.properties.test_disk_placement import ends, questions

modest = settings(max_examples=40, deadline=None, derandomize=True)


@given(questions(one_host=True))
@modest
def test_there_is_a_conflict_exactly_where_no_choice_is_good(asked: PlacementRequest) -> None:
    is_possible = next(iter(ends(asked)), None) is not None
    assert (find_clash(asked) is None) is is_possible


@given(questions())
@modest
def test_no_answer_that_leaves_nothing_broken_has_a_conflict(asked: PlacementRequest) -> None:
    if not solve(asked).remaining_violations:
        assert find_clash(asked) is None
