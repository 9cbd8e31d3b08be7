"""The cost terms under a policy."""

from importlib import import_module

import pytest

from recommender.objectives.migration_cost import MigrationCost
from recommender.objectives.overload import Overload
from recommender.objectives.registry import objectives_for
from recommender.policy import Policy


def test_every_term_is_named_as_its_file() -> None:
    names = [term.name for term in objectives_for(Policy())]
    assert len(set(names)) == len(names)
    for name in names:
        assert import_module(f"recommender.objectives.{name}")


@pytest.mark.parametrize(("threshold", "price"), [(1, 0.25), (2, 1.0), (3, 0.5), (4, 0.375), (5, 0.25)])
def test_the_migration_threshold_sets_what_a_second_has_to_gain(threshold: int, price: float) -> None:
    terms = objectives_for(Policy(migration_threshold=threshold))
    assert [term.per_second for term in terms if isinstance(term, MigrationCost)] == [price]


def test_the_headroom_of_the_policy_is_the_line_of_overload() -> None:
    terms = objectives_for(Policy(headroom_percent=70))
    assert [term.line for term in terms if isinstance(term, Overload)] == [0.7]
