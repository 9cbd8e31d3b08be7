"""Numbers from a seed: the same everywhere, and spread evenly."""

import numpy as np

from recommender.placement.engine.seeded_numbers import uniform


def test_the_first_numbers_are_known() -> None:
    # Seed 0 is SplitMix64 itself: the first three outputs of the reference implementation.
    first = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert uniform(3, 0).tolist() == [(bits >> 11) * 2.0**-53 for bits in first]


def test_they_are_within_0_and_1_and_spread_evenly() -> None:
    numbers = uniform(20_000, 5)
    assert 0 <= numbers.min() < numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 0.01
    assert np.histogram(numbers, bins=10, range=(0, 1))[0].min() > 1800


def test_another_seed_gives_others() -> None:
    assert not np.isin(uniform(1000, 1), uniform(1000, 2)).any()
