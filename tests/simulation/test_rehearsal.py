"""The whole service for hours of simulated time: whatever happens, no invariant is broken."""

import pytest

from recommender.journal.lease import Lease
from recommender.service.rehearsal import Rehearsed, rehearse

SEEDS = (2, 5)
DAYS = 0.25


@pytest.fixture(scope="module")
def played() -> list[Rehearsed]:
    return [rehearse(seed, DAYS) for seed in SEEDS]


def test_no_invariant_is_broken(played: list[Rehearsed]) -> None:
    assert {told.seed: told.broken for told in played if told.broken} == {}


def test_much_happens(played: list[Rehearsed]) -> None:
    assert sum(told.migrations for told in played) > 20
    assert sum(told.kills for told in played) > 2
    assert sum(told.freezes for told in played) > 2


def test_the_same_seed_is_the_same_story(played: list[Rehearsed]) -> None:
    assert rehearse(SEEDS[0], DAYS).story == played[0].story
    assert played[0].story != played[1].story


def test_the_story_names_what_is_moved(played: list[Rehearsed]) -> None:
    assert any("recommender-" in line and " from " in line for line in played[0].story)


def test_without_the_fence_a_process_that_stood_still_acts_beside_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is checked can fail: with leases that everybody always has, some day is broken."""

    def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(Lease, "take", always)
    monkeypatch.setattr(Lease, "require", always)
    monkeypatch.setattr(Lease, "require_now", always)
    monkeypatch.setattr(Lease, "is_ours", property(always))
    # Which day it is changes with every look at the journal; one of a dozen is enough.
    assert any(rehearse(seed, DAYS).broken for seed in range(1, 13))
