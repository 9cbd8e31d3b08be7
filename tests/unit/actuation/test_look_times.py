"""When migrations under way are looked at: soon after they began, then less and less often, and never too often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.actuation.patience import Patience
from recommender.actuation.step_result import StepEventKind
from tests.unit.actuation.worlds import World, a_plan, a_step, three_hosts


@pytest.mark.parametrize(("ran_s", "flights", "expected_s"), [(0.0, 1, 0.5), (50.0, 1, 1.0), (900.0, 1, 2.0)])
def test_what_began_just_now_is_looked_at_soon(ran_s: float, flights: int, expected_s: float) -> None:
    assert Patience().look_again_s(ran_s, flights) == pytest.approx(expected_s)


@given(ran_s=st.floats(0, 1e5), flights=st.integers(1, 1000))
def test_a_vcenter_is_asked_so_often_a_second_at_most_unless_all_are_looked_at_at_the_usual_pace(
    ran_s: float, flights: int
) -> None:
    patience = Patience()
    again_s = patience.look_again_s(ran_s, flights)
    assert patience.look_least_s <= again_s <= patience.poll_s
    assert flights / again_s <= patience.looks_a_s * (1 + 1e-9) or again_s == patience.poll_s


def test_a_step_follows_another_soon_after_its_end() -> None:
    """What is lost between the two is a fiftieth of the first one's time, or half a second."""
    world = World(three_hosts())
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0, after=(1,))
    )
    first = world.run(plan, patience=Patience(poll_s=30.0))[1]
    sent = [event.at for event in world.events if event.kind is StepEventKind.SENT]
    assert first.sent_at is not None
    assert first.actual_s is not None
    lost_s = (sent[1] - first.sent_at).total_seconds() - first.actual_s
    assert 0.0 <= lost_s <= max(0.5, 0.02 * first.actual_s) + 0.1
