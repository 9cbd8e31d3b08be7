"""Shared links are shared max-min fairly, at every moment."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.sharing import shared_ends, shared_rates


def test_rates_computed_by_hand() -> None:
    """x carries 10, y carries 4. y's two users get 2 each; the other user of x takes the rest of it, 8."""
    uses = [["x"], ["x", "y"], ["y"]]
    assert shared_rates(uses, {"x": 10.0, "y": 4.0}, [inf, inf, inf]) == [8.0, 2.0, 2.0]


def test_what_one_does_not_want_the_others_get() -> None:
    assert shared_rates([["x"]] * 3, {"x": 9.0}, [1.0, inf, inf]) == [1.0, 4.0, 4.0]


def test_without_links_everyone_has_the_own_cap() -> None:
    assert shared_rates([[], []], {}, [3.0, inf]) == [3.0, inf]
    assert shared_rates([], {}, []) == []


def test_a_link_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        shared_rates([["z"]], {}, [inf])


def test_ends_computed_by_hand() -> None:
    """One link of 10 MiB/s. A (100 MiB) alone until 4 s: 40 are gone; then 5 each with B (30 MiB), which ends at
    10 s with A at 30 left; A alone again ends at 13 s.
    """
    ends = shared_ends([0.0, 4.0], [100.0, 30.0], [["x"], ["x"]], {"x": 10.0}, [inf, inf])
    assert ends == pytest.approx([13.0, 10.0])


def test_work_of_nothing_ends_as_it_starts_and_work_without_a_rate_never() -> None:
    ends = shared_ends([2.0, 1.0], [0.0, 5.0], [["x"], ["y"]], {"x": 1.0, "y": 0.0}, [inf, inf])
    assert ends == [2.0, inf]
    assert shared_ends([], [], [], {}, []) == []


NETWORKS = st.lists(
    st.tuples(st.frozensets(st.sampled_from("abcd"), min_size=1), st.floats(min_value=0.1, max_value=100)),
    min_size=1,
    max_size=7,
)
CAPS = st.fixed_dictionaries({link: st.floats(min_value=0.5, max_value=100) for link in "abcd"})


@given(NETWORKS, CAPS)
def test_no_cap_is_passed_and_nobody_could_have_more(
    transfers: list[tuple[frozenset[str], float]], caps: dict[str, float]
) -> None:
    uses = [sorted(links) for links, _ in transfers]
    own = [cap for _, cap in transfers]
    rates = shared_rates(uses, dict(caps), own)
    load = {link: sum(rate for rate, used in zip(rates, uses, strict=True) if link in used) for link in caps}
    assert all(load[link] <= caps[link] * (1 + 1e-9) for link in caps)
    for rate, used, cap in zip(rates, uses, own, strict=True):
        assert rate <= cap
        full = [link for link in used if load[link] >= caps[link] * (1 - 1e-6)]
        largest = [
            link
            for link in full
            if all(other <= rate * (1 + 1e-6) for other, ways in zip(rates, uses, strict=True) if link in ways)
        ]
        assert largest or rate >= cap * (1 - 1e-9)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 500)), min_size=1, max_size=6))
def test_a_link_that_is_never_idle_works_everything_off_at_its_rate(transfers: list[tuple[float, float]]) -> None:
    starts = [0.0, *(start for start, _ in transfers)]
    work = [10_000.0, *(mib for _, mib in transfers)]
    ends = shared_ends(starts, work, [["x"]] * len(work), {"x": 10.0}, [inf] * len(work))
    assert max(ends) == pytest.approx(sum(work) / 10.0)
    assert all(end > start for start, end in zip(starts, ends, strict=True))
