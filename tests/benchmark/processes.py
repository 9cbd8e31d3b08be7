"""Real daemons killed and frozen at failpoints: ``python -m tests.benchmark.processes sqlite|postgresql --rounds 1``.

Each round starts, for every failpoint and each of SIGKILL and SIGSTOP, a daemon armed with it beside one
that stands by, waits until it is hit and replaced, wakes what was frozen, and lets the other be the next to be hit. For
a failpoint of recovery, one that was killed before it has left something to recover. At the end everything is settled
and the independent checker compares the journal with the simulator's own history. ``--only`` names the failpoints.
"""

import argparse
import signal
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.failpoints import Failpoint
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Daemon, Service, eventually
from tests.postgresql import running_postgresql

OF_BALANCING = (
    Failpoint.AFTER_BEGIN, Failpoint.AFTER_STEPS, Failpoint.AFTER_INTENT, Failpoint.AFTER_SUBMIT, Failpoint.AFTER_TASK,
    Failpoint.BEFORE_OUTCOME, Failpoint.AFTER_OUTCOME, Failpoint.BEFORE_END,
    Failpoint.IN_RECOVERY,
)  # fmt: skip
OF_EVACUATION = (
    Failpoint.AFTER_CLAIM, Failpoint.AFTER_HOST_INTENT, Failpoint.AFTER_HOST_SUBMIT, Failpoint.AFTER_HOST_TASK,
    Failpoint.BEFORE_HOST_OUTCOME, Failpoint.IN_HOST_RECOVERY,
)  # fmt: skip
OF_ROLLING = (Failpoint.AFTER_LEAVE_INTENT, Failpoint.AFTER_LEAVE_SUBMIT, Failpoint.BEFORE_LEAVE_OUTCOME)
EVACUATION = """
[[evacuation]]
name = "every-minute"
hosts = ["esx-004"]
cron = "* * * * *"
duration_minutes = 10
maintenance_mode = true
"""
ROLLING = """
[[evacuation]]
name = "patches"
hosts = ["esx-004"]
cron = "* * * * *"
duration_minutes = 10
[evacuation.rolling]
work_minutes = 1
[evacuation.rolling.work]
command = ["/bin/true"]
"""
ALSO_KILLED = (Failpoint.BEFORE_SUBMIT,)  # frozen there, no lease can help
LEFT_OPEN_AT = {  # where another is killed first, so that there is something to recover
    Failpoint.IN_RECOVERY: Failpoint.AFTER_SUBMIT,
    Failpoint.IN_HOST_RECOVERY: Failpoint.AFTER_HOST_SUBMIT,
}
LONG_S = 120.0


def is_hit(daemon: Daemon) -> bool:
    """Whether it is dead, or stopped."""
    if daemon.process.poll() is not None:
        return True
    state = Path(f"/proc/{daemon.process.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2]
    return state.startswith("T")


def leave_open(service: Service, point: Failpoint) -> None:
    """One that leads alone and is killed there."""
    killed = service.start(f"{point}=kill")
    eventually(lambda: is_hit(killed), "the first one is killed")


def play(service: Service, failpoint: str) -> float | None:
    """Seconds from the hit until the other leads; ``None`` if nothing led there within a while."""
    armed = service.start(failpoint)
    eventually(lambda: armed.count("leading") == 1, "the armed one leads")
    other = service.start()
    began_s = time.monotonic()
    while not is_hit(armed):
        if time.monotonic() - began_s > LONG_S:
            armed.process.terminate()
            armed.process.wait()
            other.process.terminate()
            other.process.wait()
            return None
        time.sleep(0.02)
    if armed.process.poll() is None and service.is_locked():
        print(failpoint, "froze within another thread's write, so that nobody could lead: once more", flush=True)
        for daemon in (other, armed):  # first the one that would recover what the other leaves
            daemon.process.kill()
            daemon.process.wait()
        return play(service, failpoint)
    took_s = eventually(lambda: other.count("leading") == 1, "the other leads")
    if armed.process.poll() is None:
        armed.process.send_signal(signal.SIGCONT)
        eventually(lambda: armed.count("standing by") == 1, "the frozen one has noticed")
    for daemon in (armed, other):
        daemon.process.terminate()
        daemon.process.wait()
    return took_s


def one(point: Failpoint, action: str, place: Path, url: str) -> float | None:
    """Play it with a journal and a vCenter of its own; ends the program where these do not agree in the end."""
    place.mkdir()
    with running_simulator(place, uniform(4, 40), migration_ms=1000) as simulator:
        more = EVACUATION if point in OF_EVACUATION else ROLLING if point in OF_ROLLING else ""
        service = Service(simulator, place, url, more)
        try:
            if point in LEFT_OPEN_AT:
                leave_open(service, LEFT_OPEN_AT[point])
            told = play(service, f"{point}={action}")
            service.start()
            service.settle()
            wrong = service.disagreements()
        finally:
            service.close()
    print(point, action, "not reached" if told is None else f"{told:.2f} s", *wrong, flush=True)
    if wrong:
        sys.exit(1)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=("sqlite", "postgresql"))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*", type=Failpoint, default=list(Failpoint), metavar="FAILPOINT")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(running_postgresql()) if asked.database == "postgresql" else None
        for action, points in (
            ("kill", (*OF_ROLLING, *OF_EVACUATION, *OF_BALANCING, *ALSO_KILLED)),
            ("stop", (*OF_ROLLING, *OF_EVACUATION, *OF_BALANCING)),
        ):
            times = []
            for number in range(asked.rounds):
                for point in (point for point in points if point in asked.only):
                    place = folder / f"{number}-{action}-{point}"
                    url = f"sqlite:///{place / 'journal.db'}" if server is None else server.new_database()
                    times.append(one(point, action, place, url))
            reached = [took_s for took_s in times if took_s is not None]
            if reached:
                print(f"{action}: {len(reached)} survived, median takeover {statistics.median(reached):.2f} s")


if __name__ == "__main__":
    main()
