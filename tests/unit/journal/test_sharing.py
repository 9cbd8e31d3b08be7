"""Daemons with one configuration share the vCenters: fairly, each led by one, and taken over from one that is gone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import pytest

from recommender.journal.lease import new_holder
from recommender.journal.store import DatabaseJournal
from recommender.service.leading.leadership import Leadership, leader_leases
from recommender.service.leading.sharing import Share, Sharing
from tests.unit.journal.test_lease import Times

TTL_S = 10.0


@dataclass
class Daemon:
    """One process: it leads some of its territories."""

    journal: DatabaseJournal
    names: tuple[str, ...]
    monotonic: Callable[[], float]
    busy: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.holder = new_holder()
        self.leaderships = {
            name: Leadership([self.journal.lease(lease, self.holder) for lease in leader_leases(name.split(","))])
            for name in self.names
        }
        shares = [
            Share(name=name, leadership=one, is_busy=partial(self.busy.__contains__, name))
            for name, one in self.leaderships.items()
        ]
        self.sharing = Sharing(self.journal.presence, self.holder, tuple(shares), self.monotonic)

    @property
    def leads(self) -> set[str]:
        return {name for name, one in self.leaderships.items() if one.is_ours}


class Cluster:
    """Daemons on one journal, each of which keeps its leases in turn."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.times, self._url, self._stack = Times(), url, stack
        self.daemons: list[Daemon] = []

    def start(self, *names: str) -> Daemon:
        daemon = Daemon(self._stack.enter_context(self.times.opened(self._url)), names, self.times.monotonic)
        self.daemons.append(daemon)
        return daemon

    def run(self, rounds: int = 8) -> None:
        for _ in range(rounds):
            self.times.now_s += TTL_S / 4
            for daemon in self.daemons:
                daemon.sharing.keep()
                every = [name for one in self.daemons for name in one.leads]
                assert len(every) == len(set(every)), "two lead in one vCenter"

    @property
    def counts(self) -> list[int]:
        return sorted(len(daemon.leads) for daemon in self.daemons)


@pytest.fixture
def cluster(url: str) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(url, stack)


@pytest.mark.parametrize(("daemons", "counts"), [(1, [4]), (2, [2, 2]), (3, [1, 1, 2]), (5, [0, 1, 1, 1, 1])])
def test_each_leads_about_as_many_as_the_others(cluster: Cluster, daemons: int, counts: list[int]) -> None:
    for _ in range(daemons):
        cluster.start("a", "b", "c", "d")
        cluster.run(2)
    cluster.run()
    assert cluster.counts == counts
    before = [daemon.leads for daemon in cluster.daemons]
    cluster.run()
    assert [daemon.leads for daemon in cluster.daemons] == before, "nothing changes hands without need"


def test_what_a_dead_one_led_is_taken_over_within_the_time_to_live_by_whoever_leads_least(cluster: Cluster) -> None:
    one, other, idle = (cluster.start("a", "b") for _ in range(3))
    cluster.run()
    dead = next(daemon for daemon in (one, other, idle) if daemon.leads)
    gone = dead.leads
    cluster.daemons.remove(dead)
    cluster.run(5)  # a time to live and one look more
    assert cluster.counts == [1, 1]
    assert gone < {name for daemon in cluster.daemons for name in daemon.leads}


def test_one_that_stops_leaves_at_once_and_all_of_it_is_led_again(cluster: Cluster) -> None:
    one, other = cluster.start("a", "b", "c"), cluster.start("a", "b", "c")
    cluster.run()
    cluster.daemons.remove(one)
    one.sharing.give_up()
    cluster.run(1)
    assert (one.leads, other.leads) == (set(), {"a", "b", "c"})


def test_where_something_is_under_way_nothing_is_given_away(cluster: Cluster) -> None:
    first = cluster.start("a", "b")
    cluster.run(1)
    first.busy.update({"a", "b"})
    second = cluster.start("a", "b")
    cluster.run()
    assert first.leads == {"a", "b"}
    first.busy.remove("b")
    cluster.run(2)
    assert (first.leads, second.leads) == ({"a"}, {"b"})


def test_vcenters_that_are_led_together_go_together(cluster: Cluster) -> None:
    first = cluster.start("a,b", "c")
    cluster.run(1)
    second = cluster.start("a,b", "c")
    cluster.run()
    assert {frozenset(first.leads), frozenset(second.leads)} == {frozenset({"a,b"}), frozenset({"c"})}


def test_one_that_could_not_lead_there_gets_nothing(cluster: Cluster) -> None:
    first, second = cluster.start("a", "b"), cluster.start("c")
    cluster.run()
    assert (first.leads, second.leads) == ({"a", "b"}, {"c"})
