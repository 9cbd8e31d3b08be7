"""A recommendation counts its rounds while it stands, and ends once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.errors import JournalError
from recommender.journal.recommendations import RecommendationState
from recommender.journal.store import DatabaseJournal
from tests.inventories import ref
from tests.unit.journal.plans import make_move
from tests.unit.journal.test_store import AT

LIFE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
V1, V2 = make_move("v1", "h1", "h2"), make_move("v2", "h2", "h1")


def renew(journal: DatabaseJournal, *moves: object, minutes: int) -> dict[str, int]:
    """Rounds of what is open, by VM."""
    named = [(move, f"uuid-{move.vm.moid}") for move in moves]  # type: ignore[attr-defined]
    standing = journal.recommendations.renew(named, AT + minutes * MINUTE, LIFE)  # type: ignore[arg-type]
    return {found.move.vm.moid: found.rounds for found in standing.values()}


def test_rounds_are_counted_while_it_stands(journal: DatabaseJournal) -> None:
    assert renew(journal, V1, V2, minutes=0) == {"v1": 1, "v2": 1}
    assert renew(journal, replace(V1, gain=9.0), minutes=5) == {"v1": 2}
    (found,) = journal.recommendations.open()
    assert found.move.gain == 9.0
    assert (found.first_at, found.last_at) == (AT, AT + 5 * MINUTE)
    superseded = journal.recommendations.last(2)[0]
    assert (superseded.move, superseded.state) == (V2, RecommendationState.SUPERSEDED)


def test_another_destination_is_another_recommendation(journal: DatabaseJournal) -> None:
    renew(journal, V1, minutes=0)
    assert renew(journal, replace(V1, destination=ref("h3")), minutes=1) == {"v1": 1}


def test_what_nobody_confirmed_for_long_has_expired_and_counts_anew(journal: DatabaseJournal) -> None:
    renew(journal, V1, minutes=0)
    assert renew(journal, V1, minutes=31) == {"v1": 1}
    states = [found.state for found in journal.recommendations.last(2)]
    assert states == [RecommendationState.OPEN, RecommendationState.EXPIRED]
    journal.recommendations.expire(AT + 100 * MINUTE, LIFE)
    assert journal.recommendations.open() == ()


@pytest.mark.parametrize("state", [RecommendationState.APPLIED, RecommendationState.REJECTED])
def test_it_ends_once_and_its_end_is_in_the_audit(journal: DatabaseJournal, state: RecommendationState) -> None:
    renew(journal, V1, minutes=0)
    (found,) = journal.recommendations.open()
    journal.recommendations.end([found.id], state, by="ada", at=AT, detail="why")
    with pytest.raises(JournalError, match="not all of these recommendations are open"):
        journal.recommendations.end([found.id], state, by="bob", at=AT)
    (ended,) = journal.recommendations.last(9)
    assert (ended.state, ended.ended_by, ended.detail) == (state, "ada", "why")
    assert [entry.kind for entry in journal.audit.entries()] == [state.value]
    rejected = {("uuid-v1", ref("h2"))} if state is RecommendationState.REJECTED else set()
    assert journal.recommendations.rejected_since(AT) == rejected
