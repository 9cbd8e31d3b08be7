"""One process of a rehearsal: frozen anywhere, killed and started anew, woken with a clock that stood still."""

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

import numpy as np

from recommender.actuation.patience import Patience
from recommender.errors import JournalError
from recommender.failpoints import Failpoint
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.placement.request import SolveLimits
from recommender.service.leading.leadership import RENEWALS, Leadership, leader_leases
from recommender.service.rehearsal.checks import Checks
from recommender.service.rehearsal.fleet import Process
from recommender.service.rehearsal.hooks import SimulatedHooks
from recommender.service.rehearsal.port import ReachedDataCenter
from recommender.service.worker import Worker
from recommender.service.world import World
from recommender.simulation.clock import SimulatedClock

KILLED: Final = 0.004  # at each moment
FROZEN: Final = 0.008
KILLED_AT_FAILPOINT: Final = 0.04
FROZEN_AT_FAILPOINT: Final = 0.02
LEASE_TTL_S: Final = 30.0
FROZEN_S: Final = (10.0, 120.0)  # shorter and longer than a lease lives
SUSPENDED: Final = 0.5  # of the freezes: its own clock stands still as well, so that it believes that it still leads
LIMITS: Final = SolveLimits(proposals=400, rounds=0, whole_choices=0)
PATIENCE: Final = Patience(
    poll_s=5.0,
    appear_s=30.0,
    silence_s=300.0,
    run_s=1200.0,
    hung_after_p95=3.0,
    hung_least_s=300.0,
    entering_s=60.0,
)
# Nothing can tell that the lease was lost between the last look at it and the call: there no process is frozen.
NOT_FROZEN_BEFORE: Final = ("relocate", "enter_maintenance", "exit_maintenance")
AHEAD: Final = timedelta(minutes=20)  # longer than between two turns
NOT_FROZEN_AT: Final = frozenset({Failpoint.BEFORE_SUBMIT})


class Killed(BaseException):
    """The process is gone; nothing of it runs after this."""


@dataclass(slots=True)
class Counts:
    """What happened to the processes."""

    kills: int = 0
    freezes: int = 0
    takeovers: int = 0
    failpoints: set[Failpoint] = field(default_factory=set)  # at which one was killed


class Stage(Protocol):
    """What the processes of a rehearsal share. ``active`` are those that stand on the call stack, the last one runs."""

    url: str
    clock: SimulatedClock
    checks: Checks
    draw: np.random.Generator
    counts: Counts
    active: "list[Daemon]"

    @property
    def is_calm(self) -> bool:
        """Whether nothing happens any more."""

    def say(self, line: str) -> None:
        """One line of the story."""

    def others_than(self, daemon: "Daemon") -> "tuple[Daemon, ...]":
        """The other processes."""


class Daemon:
    """A process of the service."""

    def __init__(self, process: Process, stage: Stage, stack: ExitStack) -> None:
        self.name, self._process, self._stage, self._stack = process.name, process, stage, stack
        self.is_frozen = False
        self._stood_still_s = 0.0
        self._renewed_s = 0.0
        self.start()

    def start(self) -> None:
        """A new process in the place of the former."""
        stage, process = self._stage, self._process
        clock = stage.clock
        self.journal: DatabaseJournal = self._stack.enter_context(
            open_journal(
                stage.url,
                actor=self.name,
                lease_ttl_s=LEASE_TTL_S,
                now_ms=lambda: round(1000 * clock.monotonic()) + 1,
                monotonic=lambda: clock.monotonic() - self._stood_still_s,
            )
        )
        self._leadership = Leadership([self.journal.lease(name) for name in leader_leases(process.vcenters or ())])
        self.journal.fences = self._leadership.leases
        reached = ReachedDataCenter(stage.checks, process.vcenters, self._leadership.leases)
        port = _Interrupted(reached, self)
        self._world = World(source=port, migrator=port, clock=clock, limits=LIMITS, vcenters=process.vcenters)
        self._worker = Worker(
            process.settings,
            self._world,
            _Interrupted(self.journal, self),
            lambda: not self._leadership.is_ours,
            name=self._leadership.holder,
            patience=PATIENCE,
            hooks=SimulatedHooks(clock, stage.draw),
            ahead=AHEAD,
        )

    def turn(self) -> None:
        """Renew or take the lease and do what is due, until killed."""
        stage = self._stage
        if self in stage.active:
            return  # it is frozen right now
        stage.active.append(self)
        try:
            if self._leadership.keep():
                stage.counts.takeovers += 1
                stage.say(f"{self.name} leads")
            self._worker.poll()
            self._worker.follow()
            if self._leadership.is_ours:
                stage.checks.after_a_turn(self.journal, self._world.reaches)
        except Killed:
            self.start()
        finally:
            stage.active.remove(self)

    def renew(self) -> None:
        """What its other threads do while it sleeps."""
        now_s = self._stage.clock.monotonic()
        if now_s - self._renewed_s < LEASE_TTL_S / RENEWALS:
            return
        self._renewed_s = now_s
        self._leadership.keep()
        for lease in self.journal.acting_leases:
            with suppress(JournalError):
                lease.take()

    def at(self, point: Failpoint) -> None:
        """It is at a failpoint."""
        self.interrupt(KILLED_AT_FAILPOINT, 0.0 if point in NOT_FROZEN_AT else FROZEN_AT_FAILPOINT, point.value, point)

    def interrupt(self, killed: float, frozen: float, where: str, point: Failpoint | None = None) -> None:
        """Perhaps this is the moment at which the process dies or stands still."""
        stage = self._stage
        if stage.is_calm or len(stage.active) > 1:
            return
        chance = stage.draw.random()
        if chance < killed:
            stage.counts.kills += 1
            if point is not None:
                stage.counts.failpoints.add(point)
            stage.say(f"{self.name} is killed: {where}")
            for lease in self.journal.acting_leases:
                lease.abandon()
            raise Killed
        if chance < killed + frozen:
            self._freeze(where)

    def _freeze(self, where: str) -> None:
        stage = self._stage
        stage.counts.freezes += 1
        frozen_s = float(stage.draw.uniform(*FROZEN_S))
        is_suspended = stage.draw.random() < SUSPENDED
        how = "is suspended" if is_suspended else "stands still"
        stage.say(f"{self.name} {how} for {timedelta(seconds=round(frozen_s))}: {where}")
        others = stage.others_than(self)
        self.is_frozen = True
        stage.active.extend(others)
        stage.clock.sleep(frozen_s)
        del stage.active[-len(others) :]
        for other in others:
            other.turn()
        self.is_frozen = False
        if is_suspended:
            self._stood_still_s += frozen_s
        stage.say(f"{self.name} goes on")


class _Interrupted:
    """A port or journal, each of whose calls is a moment before it and one after it."""

    def __init__(self, port: Any, daemon: Daemon) -> None:
        self._port, self._daemon = port, daemon

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not callable(member) or name in ("acting", "lease"):
            return member

        def call(*arguments: Any, **options: Any) -> Any:
            self._daemon.interrupt(KILLED, 0.0 if name in NOT_FROZEN_BEFORE else FROZEN, f"before {name}")
            answer = member(*arguments, **options)
            self._daemon.interrupt(KILLED, 0.0 if name == "require_hold" else FROZEN, f"after {name}")
            return answer

        return call
