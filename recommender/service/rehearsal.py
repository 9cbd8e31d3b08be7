"""Days of the whole service in a simulated data centre: two daemons, kills, freezes, lost answers, people, lost hosts.

Time and chance come from a seed, so that a day that breaks an invariant is played again by its number. A process is
frozen wherever it asks a port, but not between the last look at its lease and the call to vCenter: there a lease cannot
help, and vCenter knows no epochs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import structlog

from recommender.actuation.patience import Patience
from recommender.errors import JournalError
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.placement.request import SolveLimits
from recommender.policy import AutomationLevel, Policy
from recommender.service.leadership import LEADER, Leadership
from recommender.service.rehearsal_checks import Checks
from recommender.service.worker import Worker
from recommender.service.world import World
from recommender.settings.automation import AutomationSettings
from recommender.settings.schedule import EvacuationSettings, ServeSettings
from recommender.settings.settings import JournalSettings, Settings
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import random_failures
from recommender.simulation.inventory_generator import generate_inventory

HOSTS: Final = 4
VMS: Final = 24
TURN: Final = timedelta(minutes=30)
CALM: Final = timedelta(hours=3)  # at the end nothing happens any more, so that everything can be settled
KILLED: Final = 0.004  # at each moment
FROZEN: Final = 0.008
FROZEN_S: Final = (5.0, 60.0)  # shorter and longer than a lease lives
LIMITS: Final = SolveLimits(proposals=2000, rounds=1, deterministic_s=0.02, whole_choices=0)
PATIENCE: Final = Patience(poll_s=2.0, appear_s=30.0, silence_s=300.0)


class Killed(BaseException):
    """The process is gone; nothing of it runs after this."""


@dataclass(slots=True)
class Rehearsed:
    """``story`` is what happened, line by line; ``broken`` the invariants that did not hold, none on a good day."""

    seed: int
    story: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    migrations: int = 0
    kills: int = 0
    freezes: int = 0
    takeovers: int = 0


def rehearse(seed: int, days: float, tell: Callable[[str], None] = lambda _: None) -> Rehearsed:
    """Play ``days`` days of ``seed``; ``tell`` gets each line of the story as it happens."""
    with TemporaryDirectory(dir=_memory()) as folder:
        return _Rehearsal(seed, days, Path(folder), tell).play()


class _Rehearsal:
    def __init__(self, seed: int, days: float, folder: Path, tell: Callable[[str], None]) -> None:
        self.told = Rehearsed(seed)
        self.draw = np.random.default_rng([seed, 7])
        self.clock = SimulatedClock(on_sleep=self._renew)
        self.ends_s = days * 86_400
        inventory = generate_inventory(seed, hosts=HOSTS, vms=VMS, clusters=1)
        failures = random_failures(seed, inventory, calls=500, duration_s=self.ends_s, faulty_share=0.1)
        self.datacenter = SimulatedDataCenter(inventory, self.clock, seed, failures=failures)
        self.url = f"sqlite:///{folder / 'journal.db'}"
        self.settings = _settings(self.url, inventory.hosts[seed % HOSTS].name)
        self.checks = Checks(self.datacenter, self.settings, self.told.broken, self.say)
        self.active: list[_Daemon] = []
        self._tell = tell

    def play(self) -> Rehearsed:
        with ExitStack() as stack, _silent_log():
            self._daemons = daemons = [_Daemon(name, self, stack) for name in ("first", "second")]
            while self.clock.monotonic() < self.ends_s + CALM.total_seconds():
                for daemon in daemons:
                    daemon.turn()
                self.clock.sleep(TURN.total_seconds() / 2)
            journal = daemons[0].journal
            self.checks.at_the_end(journal)
        self.told.migrations = len(self.datacenter.relocate_calls)
        for problem in self.told.broken:
            self.say(f"BROKEN  {problem}")
        return self.told

    def say(self, line: str) -> None:
        told = f"{self.clock.now():%a %H:%M:%S}  {line}"
        self.told.story.append(told)
        self._tell(told)

    def other_than(self, daemon: "_Daemon") -> "_Daemon":
        return next(one for one in self._daemons if one is not daemon)

    @property
    def is_calm(self) -> bool:
        return self.clock.monotonic() >= self.ends_s

    def _renew(self, _seconds: float) -> None:
        """What the threads of the process that runs now do meanwhile; those of a frozen one do nothing."""
        if self.active:
            self.active[-1].renew()


class _Daemon:
    """One process of the service; started anew after it was killed."""

    def __init__(self, name: str, rehearsal: _Rehearsal, stack: ExitStack) -> None:
        self.name, self._rehearsal, self._stack = name, rehearsal, stack
        self.start()

    def start(self) -> None:
        rehearsal = self._rehearsal
        clock = rehearsal.clock
        self.journal: DatabaseJournal = self._stack.enter_context(
            open_journal(
                rehearsal.url,
                actor=self.name,
                now_ms=lambda: round(1000 * clock.monotonic()) + 1,
                monotonic=clock.monotonic,
            )
        )
        self._leadership = Leadership(self.journal.lease(LEADER))
        port = _Interrupted(rehearsal.checks, self)
        world = World(source=port, migrator=port, clock=clock, limits=LIMITS)
        journal: Any = _Interrupted(self.journal, self)
        self._worker = Worker(
            rehearsal.settings,
            world,
            journal,
            lambda: not self._leadership.is_ours,
            name=self._leadership.holder,
            patience=PATIENCE,
        )

    def turn(self) -> None:
        """Renew or take the lease and do what is due, until killed."""
        if self in self._rehearsal.active:
            return  # it is frozen right now
        self._rehearsal.active.append(self)
        try:
            if self._leadership.keep():
                self._rehearsal.told.takeovers += 1
                self._rehearsal.say(f"{self.name} leads")
            self._worker.poll()
        except Killed:
            self._rehearsal.say(f"{self.name} is killed")
            self.start()
        finally:
            self._rehearsal.active.remove(self)

    def renew(self) -> None:
        self._leadership.keep()
        if self.journal.is_acting:
            with suppress(JournalError):
                self.journal.acting_lease.take()

    def interrupt(self, *, may_freeze: bool) -> None:
        """Perhaps this is the moment at which the process dies or stands still."""
        rehearsal = self._rehearsal
        if rehearsal.is_calm or len(rehearsal.active) > 1:
            return
        chance = rehearsal.draw.random()
        if chance < KILLED:
            rehearsal.told.kills += 1
            self.journal.acting_lease.abandon()
            raise Killed
        if may_freeze and chance < KILLED + FROZEN:
            self._freeze()

    def _freeze(self) -> None:
        rehearsal = self._rehearsal
        rehearsal.told.freezes += 1
        frozen_s = float(rehearsal.draw.uniform(*FROZEN_S))
        rehearsal.say(f"{self.name} stands still for {frozen_s:.0f} s")
        other = rehearsal.other_than(self)
        rehearsal.active.append(other)
        rehearsal.clock.sleep(frozen_s)
        rehearsal.active.remove(other)
        other.turn()
        rehearsal.say(f"{self.name} goes on")


class _Interrupted:
    """A port or journal, each of whose calls is a moment before it and one after it."""

    def __init__(self, port: Any, daemon: _Daemon) -> None:
        self._port, self._daemon = port, daemon

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not callable(member) or name in ("acting", "lease"):
            return member

        def call(*arguments: Any) -> Any:
            self._daemon.interrupt(may_freeze=name not in ("relocate", "enter_maintenance", "exit_maintenance"))
            answer = member(*arguments)
            self._daemon.interrupt(may_freeze=name != "require_hold")
            return answer

        return call


def _settings(url: str, host: str) -> Settings:
    return Settings(
        policy=Policy(automation_level=AutomationLevel.FULLY_AUTOMATED),
        serve=ServeSettings(poll_interval_s=TURN.total_seconds()),
        automation=AutomationSettings(hold_rounds=1, moves_per_hour=8, cool_down_minutes=120),
        evacuation=(EvacuationSettings(name="nightly", hosts=(host,), cron="0 22 * * *", duration_minutes=60),),
        journal=JournalSettings(url=url),
    )


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


def _memory() -> Path | None:
    """A folder in memory: what is written in a rehearsal need not survive a power cut."""
    shared = Path("/dev/shm")  # noqa: S108  # a private folder is made in it
    return shared if shared.is_dir() else None
