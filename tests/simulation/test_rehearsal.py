"""The whole service for hours of simulated time: whatever happens, no invariant is broken."""

import pytest

from recommender.service.rehearsal.rehearsal import rehearse

DAYS = 0.04
BLOCKS = range(20)  # so that several workers share them
SEEDS_OF_A_BLOCK = 10


@pytest.mark.parametrize("block", BLOCKS)
def test_much_happens_and_no_invariant_is_broken(block: int) -> None:
    first = 1 + block * SEEDS_OF_A_BLOCK
    played = [rehearse(seed, DAYS) for seed in range(first, first + SEEDS_OF_A_BLOCK)]
    assert {told.seed: told.broken for told in played if told.broken} == {}
    assert sum(told.events for told in played) > 50
    assert sum(told.migrations for told in played) > 20
    assert sum(told.counts.kills for told in played) > 0
    assert sum(told.counts.freezes for told in played) > 0


def test_the_same_seed_is_the_same_story() -> None:
    story = rehearse(2, DAYS).story
    assert rehearse(2, DAYS).story == story
    assert any("recommender-" in line and " from " in line for line in story)


@pytest.mark.parametrize("seed", [45, 105])  # two processes for two vCenters, and one more for each
def test_vms_go_from_one_vcenter_to_another(seed: int) -> None:
    told = rehearse(seed, DAYS)
    assert told.across > 0
    assert told.broken == []


def test_another_seed_is_another_story() -> None:
    assert rehearse(2, DAYS).story != rehearse(3, DAYS).story
