"""The whole service for hours of simulated time: whatever happens, no invariant is broken."""

from functools import cache

import pytest

from recommender.service.rehearsal import Rehearsed, rehearse

DAYS = 0.04
BLOCKS = range(8)  # so that several workers share them
SEEDS_OF_A_BLOCK = 25


@cache
def played(block: int) -> tuple[Rehearsed, ...]:
    first = 1 + block * SEEDS_OF_A_BLOCK
    return tuple(rehearse(seed, DAYS) for seed in range(first, first + SEEDS_OF_A_BLOCK))


@pytest.mark.parametrize("block", BLOCKS)
def test_no_invariant_is_broken(block: int) -> None:
    assert {told.seed: told.broken for told in played(block) if told.broken} == {}


@pytest.mark.parametrize("block", BLOCKS)
def test_much_happens(block: int) -> None:
    assert sum(told.events for told in played(block)) > 100
    assert sum(told.migrations for told in played(block)) > 50
    assert sum(told.counts.kills for told in played(block)) > 3
    assert sum(told.counts.freezes for told in played(block)) > 3


def test_the_same_seed_is_the_same_story() -> None:
    assert rehearse(2, DAYS).story == rehearse(2, DAYS).story
    assert rehearse(2, DAYS).story != rehearse(3, DAYS).story


def test_the_story_names_what_is_moved() -> None:
    assert any("recommender-" in line and " from " in line for line in rehearse(2, DAYS).story)
