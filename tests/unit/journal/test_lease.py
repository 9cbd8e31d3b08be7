"""A lease runs out whether its holder died or froze, and who lost it writes nothing more."""

import time
from contextlib import AbstractContextManager

import pytest

from recommender.errors import JournalError, LeaseLost
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.ports import StepState
from tests.inventories import TAKEN_AT as AT
from tests.inventories import ref
from tests.unit.journal.test_store import PLAN, begin


class Times:
    """The database's clock and a process's own, both in the hand of a test."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def now_ms(self) -> int:
        return round(1000 * self.now_s)

    def monotonic(self) -> float:
        return self.now_s

    def opened(self, url: str) -> AbstractContextManager[DatabaseJournal]:
        return open_journal(url, now_ms=self.now_ms, monotonic=self.monotonic)


@pytest.fixture
def times() -> Times:
    return Times()


def test_one_holds_it_and_the_next_takes_it_when_it_has_run_out(url: str, times: Times) -> None:
    with times.opened(url) as first, times.opened(url) as second:
        ours, theirs = first.lease("leader"), second.lease("leader")
        assert ours.take()
        assert not theirs.take()
        times.now_s += 6.0
        assert ours.take(), "renewed"
        times.now_s += 9.9
        assert not theirs.take()
        assert not ours.is_ours, "well before it runs out it is not acted upon any more"
        times.now_s += 0.2
        assert theirs.take()
        assert theirs.epoch == ours.epoch + 1
        assert not ours.take(), "the frozen one that wakes does not have it"
        assert not ours.is_ours


def test_given_back_it_can_be_taken_at_once(url: str) -> None:
    with open_journal(url) as first, open_journal(url) as second:
        ours, theirs = first.lease("leader"), second.lease("leader")
        assert ours.take()
        ours.release()
        assert not ours.is_ours
        assert theirs.take()
        ours.release()
        assert theirs.take(), "what is not ours cannot be given back"
        assert ours.holder_now() == theirs.holder


def test_the_databases_own_clock_lets_it_run_out(url: str) -> None:
    with open_journal(url, lease_ttl_s=0.5) as first, open_journal(url, lease_ttl_s=0.5) as second:
        assert first.lease("leader").take()
        theirs = second.lease("leader")
        began_s = time.monotonic()
        while not theirs.take():
            assert time.monotonic() - began_s < 30
            time.sleep(0.05)
        assert theirs.epoch == 2


class TwoClocks(Times):
    """The database's is set back on its own."""

    set_back_s = 0.0

    def now_ms(self) -> int:
        return round(1000 * (self.now_s - self.set_back_s))


def test_a_dead_holder_is_replaced_though_the_databases_clock_was_set_back(url: str) -> None:
    clocks = TwoClocks()
    with clocks.opened(url) as first, clocks.opened(url) as second:
        ours, theirs = first.lease("leader"), second.lease("leader")
        assert ours.take()
        clocks.set_back_s = 3600.0
        for _ in range(10):
            clocks.now_s += 5.0
            assert ours.take(), "who lives renews it"
            assert not theirs.take()
        clocks.set_back_s = 7200.0
        assert not theirs.take()
        clocks.now_s += 19.9
        assert not theirs.take(), "twice its time to live has to pass without a renewal"
        clocks.now_s += 0.2
        assert second.lease("leader").take(), "what one lease has seen every lease of its journal knows"
        assert not ours.is_ours
        assert not ours.take()


def test_who_lost_the_lease_writes_no_intent(url: str, times: Times) -> None:
    with times.opened(url) as frozen, times.opened(url) as next_one, frozen.acting():
        begin(frozen)
        frozen.record_intent(PLAN, 1, "op-1", AT)
        frozen.require_hold()
        times.now_s += 11.0
        with pytest.raises(LeaseLost):
            frozen.require_hold()
        with next_one.acting():
            with pytest.raises(LeaseLost, match="no longer ours"):
                frozen.record_intent(PLAN, 2, "op-2", AT)
            with pytest.raises(LeaseLost, match="no longer ours"):
                frozen.record_host_intent(PLAN, ref("h1"), "op-3", AT)
        assert next_one.steps(PLAN)[1].state is StepState.PENDING
        assert next_one.open_host_calls() == ()


def test_the_fence_is_the_databases_row_not_only_the_process_own_clock(url: str, times: Times) -> None:
    """A process whose own clock stood still believes that it leads; the row says otherwise."""
    with (
        open_journal(url, now_ms=times.now_ms, monotonic=lambda: 0.0) as deceived,
        open_journal(url, now_ms=times.now_ms, monotonic=times.monotonic) as next_one,
        deceived.acting(),
    ):
        begin(deceived)
        times.now_s += 11.0
        with next_one.acting():
            with pytest.raises(LeaseLost):
                deceived.require_hold()
            with pytest.raises(LeaseLost):
                deceived.record_intent(PLAN, 1, "op-1", AT)


def test_a_process_that_acts_renews_its_lease_by_itself(url: str) -> None:
    with open_journal(url, lease_ttl_s=0.6) as first, open_journal(url) as second, first.acting():
        time.sleep(1.5)
        first.require_hold()
        with pytest.raises(JournalError, match="another process"), second.acting():
            pytest.fail("two acted at once")


def test_one_process_does_not_act_twice_at_a_time(journal: DatabaseJournal) -> None:
    with journal.acting(), pytest.raises(JournalError, match="another process"), journal.acting():
        pytest.fail("two acted at once")
