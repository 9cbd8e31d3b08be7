"""Days of the whole service in a simulated data centre: two daemons, kills, freezes, and everything that goes wrong.

Time and chance come from a seed, so that a day that breaks an invariant is played again by its number. A process dies
or is frozen wherever it asks a port and at every failpoint, but is not frozen between the last look at its lease and
the call to vCenter: there a lease cannot help, and vCenter knows no epochs.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final

import numpy as np
import structlog

from recommender import failpoints
from recommender.failpoints import Failpoint
from recommender.inventory.inventory import Inventory
from recommender.journal.store import open_journal
from recommender.ports import Order, OrderKind
from recommender.service.rehearsal.checks import Checks
from recommender.service.rehearsal.day import DAYS
from recommender.service.rehearsal.fleet import fleet_of
from recommender.service.rehearsal.process import Counts, Daemon
from recommender.simulation.bad_days import bad_days
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter

TURN: Final = timedelta(minutes=15)
CALM: Final = timedelta(minutes=45)  # longer than a migration hangs
CALM_TURNS: Final = 2  # at the end nothing happens and nothing starts any more, so that everything can be settled
# Where processes act beside each other:
ABSENT: Final = 0.25  # of their turns are left out
MEANWHILE: Final = 0.02  # of the naps of one are turns of the others


@dataclass(slots=True)
class Rehearsed:
    """``story`` is what happened, line by line; ``broken`` the invariants that did not hold, none on a good day.

    ``events`` are changes of the data centre; ``across`` are the migrations to another vCenter.
    """

    seed: int
    story: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    migrations: int = 0
    across: int = 0
    events: int = 0

    def __str__(self) -> str:
        """One line, without the story."""
        counts = self.counts
        across = f" ({self.across} to another vCenter)" if self.across else ""
        return (
            f"seed {self.seed}: {self.events} events, {self.migrations} migrations{across}, {counts.kills} kills, "
            f"{counts.freezes} freezes, {counts.takeovers} times taken the lead, {len(self.broken)} broken invariants"
        )


def rehearse(seed: int, days: float, tell: Callable[[str], None] = lambda _: None) -> Rehearsed:
    """Play ``days`` days of ``seed``; ``tell`` gets each line of the story as it happens."""
    with TemporaryDirectory(dir=_memory()) as folder:
        journal = Path(folder) / "journal.db"
        shutil.copyfile(_empty_journal(), journal)
        return _Rehearsal(seed, days, journal, tell).play()


class _Rehearsal:
    """The stage on which the two processes play."""

    def __init__(self, seed: int, days: float, journal: Path, tell: Callable[[str], None]) -> None:
        self.told = Rehearsed(seed)
        self.counts = self.told.counts
        self.draw = np.random.default_rng([seed, 7])
        self.day = DAYS[seed % len(DAYS)]
        self.clock = SimulatedClock(self.day.starts_at, on_sleep=self._renew)
        self.ends_s = days * 86_400
        self.url = f"sqlite:///{journal}"
        self.fleet = fleet_of(seed, self.day, self.url, TURN)
        inventory = self.fleet.inventory
        self.datacenter = SimulatedDataCenter(
            inventory, self.clock, seed, failures=bad_days(seed, inventory, self.ends_s)
        )
        self.datacenter.observe(self._count)
        self.checks = Checks(self.datacenter, self.fleet.settings, self.day, self.told.broken, self.say)
        self.active: list[Daemon] = []
        self._tell = tell

    def play(self) -> Rehearsed:
        """From the start to the end of the calm."""
        with ExitStack() as stack, _silent_log(), _armed(self._at):
            self._daemons = daemons = [Daemon(process, self, stack) for process in self.fleet.processes]
            while not self.is_calm:
                self._turn(self._present(), TURN)
            pause = Order(kind=OrderKind.PAUSE, author="a person", reason="the day is over", at=self.clock.now())
            daemons[0].journal.orders.give(pause)
            for _ in range(CALM_TURNS):
                # Who reaches everything comes first: some of what is open can be settled by nobody else.
                self._turn(daemons[::-1] if self.fleet.is_of_two_vcenters else daemons, CALM)
            self.checks.at_the_end(daemons[0].journal)
        moves = [call.move for call in self.datacenter.relocate_calls]
        self.told.migrations = len(moves)
        self.told.across = sum(move.source.vcenter != move.destination.vcenter for move in moves)
        for problem in self.told.broken:
            self.say(f"BROKEN  {problem}")
        return self.told

    def _turn(self, daemons: Sequence[Daemon], after: timedelta) -> None:
        self.clock.sleep(after.total_seconds())
        for daemon in daemons:
            daemon.turn()

    def _present(self) -> Sequence[Daemon]:
        """Who takes a turn now, in this order; each of those that act beside each other leads at times."""
        if not self.fleet.is_of_two_vcenters:
            return self._daemons
        order = [self._daemons[index] for index in self.draw.permutation(len(self._daemons))]
        return [daemon for daemon in order if self.draw.random() >= ABSENT]

    def say(self, line: str) -> None:
        """One line of the story."""
        told = f"{self.clock.now():%a %H:%M:%S}  {line}"
        self.told.story.append(told)
        self._tell(told)

    def others_than(self, daemon: Daemon) -> tuple[Daemon, ...]:
        """The other processes."""
        return tuple(one for one in self._daemons if one is not daemon)

    @property
    def is_calm(self) -> bool:
        """Whether nothing happens any more."""
        return self.clock.monotonic() >= self.ends_s

    def _at(self, point: Failpoint) -> None:
        self.active[-1].at(point)

    def _renew(self, _seconds: float) -> None:
        """What the threads of the processes that run do meanwhile; those of a frozen one do nothing."""
        for daemon in tuple(self.active):
            if not daemon.is_frozen:
                daemon.renew()
        is_alone = self.fleet.is_of_two_vcenters and len(self.active) == 1 and not self.is_calm
        if is_alone and self.draw.random() < MEANWHILE:
            for other in self.others_than(self.active[0]):
                other.turn()

    def _count(self, _picture: Inventory) -> None:
        self.told.events += 1


@contextmanager
def _armed(action: Callable[[Failpoint], None]) -> Iterator[None]:
    failpoints.arm(action)
    try:
        yield
    finally:
        failpoints.arm(None)


@contextmanager
def _silent_log() -> Iterator[None]:
    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[drop])
    try:
        yield
    finally:
        structlog.configure(**before)


@cache
def _empty_journal() -> Path:
    """A new journal, to be copied: making one takes longer than a whole short day."""
    path = Path(mkdtemp(dir=_memory())) / "empty.db"
    with open_journal(f"sqlite:///{path}"):
        pass
    return path


def _memory() -> Path | None:
    """A folder in memory: what is written in a rehearsal need not survive a power cut."""
    shared = Path("/dev/shm")  # noqa: S108  # a private folder is made in it
    return shared if shared.is_dir() else None
