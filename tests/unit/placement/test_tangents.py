"""Lines that tell a convex cost from below."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.placement.engine.tangents import tangents
from recommender.placement.problem import Curve

curves = st.builds(
    Curve,
    quadratic=st.sampled_from((0.0, 1e-6, 0.01)),
    kinks=st.lists(st.tuples(st.sampled_from((0.0, 0.5, 20.0)), st.floats(0, 10_000)), max_size=2).map(tuple),
)


@given(curves, st.floats(0, 5000), st.floats(0, 20_000), st.floats(0, 1))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_tangent_is_ever_above_the_curve(curve: Curve, least: float, width: float, share: float) -> None:
    load = least + share * width
    dearest = max(slope * load + base for slope, base in tangents(curve, least, least + width, [load / 2]))
    assert dearest <= curve.of(load) + 1e-9 * max(1.0, curve.of(load))


@given(curves, st.floats(0, 5000), st.floats(10, 20_000))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_curve_is_touched_at_both_ends_and_where_asked(curve: Curve, least: float, width: float) -> None:
    asked = least + 0.37 * width
    lines = tangents(curve, least, least + width, [asked])
    for load in (least, least + width, asked):
        assert max(slope * load + base for slope, base in lines) == pytest.approx(curve.of(load), rel=1e-9, abs=1e-6)


def test_the_kink_is_met_exactly() -> None:
    lines = tangents(Curve(quadratic=0.0, kinks=((2.0, 850.0),)), 0.0, 1000.0)
    assert max(slope * 850.0 + base for slope, base in lines) == pytest.approx(0.0)
    assert max(slope * 1000.0 + base for slope, base in lines) == pytest.approx(300.0)
