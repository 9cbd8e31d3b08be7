"""The clock of real daemons jumps: ``python -m tests.benchmark.clock_jumps sqlite|postgresql``.

A small C library (``jumping_clock.c``, built by ``cc``; without one this is skipped) is preloaded into the daemons and
sets their wall clock; vCenter's stays right, and so does a PostgreSQL server's. SQLite's clock is that of the daemons.
Each scene has a vCenter and a journal of its own, and ends like the others: everything is settled, and the independent
checker compares the journal with the simulator's own history.
"""

import argparse
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import LEASE_TTL_S, Service, eventually
from tests.postgresql import running_postgresql

SOURCE: Final = Path(__file__).with_name("jumping_clock.c")
BY_WINDOW: Final = """
[[evacuation]]
name = "tonight"
hosts = ["esx-001"]
at = {at:%Y-%m-%dT%H:%M:%S}
time_zone = "UTC"
duration_minutes = 30
automation_level = "fully_automated"
"""
IN_FLIGHT_S: Final = 3.0  # what is being sent while the clock jumps is sent by then
WATCHED_S: Final = 20.0
ENOUGH: Final = 4  # migrations, for the checker to have something to compare


@dataclass
class Scene:
    service: Service
    clock: Path

    def jump(self, offset_s: int) -> None:
        """Set the daemons' wall clock so many seconds beside the true one."""
        self.clock.write_text(str(offset_s), encoding="ascii")

    @property
    def sent(self) -> int:
        return sum(daemon.sent for daemon in self.service.daemons)

    def goes_on(self, when: str) -> str:
        before = self.sent
        took_s = eventually(lambda: self.sent > before, f"something is sent {when}")
        return f"{when} sent after {took_s:.1f} s"


def balancing(scene: Scene) -> list[str]:
    """Two daemons on one clock, two hours ahead, two back, right again, while migrations run."""
    scene.service.start()
    scene.service.start()
    told = [scene.goes_on("before")]
    for offset_s in (7200, -7200, 0):
        scene.jump(offset_s)
        told.append(scene.goes_on(f"{offset_s:+} s"))
    return told


def leader_dies(scene: Scene) -> list[str]:
    """The clock is set back an hour and the leader dies at that moment: its lease still runs for an hour, it seems."""
    leader = scene.service.start()
    eventually(lambda: leader.count("leading") == 1, "the first one leads")
    other = scene.service.start()
    told = [scene.goes_on("before")]
    leader.process.kill()
    scene.jump(-3600)
    took_s = eventually(lambda: other.count("leading") == 1, "the other leads")
    return [*told, f"the other leads after {took_s:.1f} s (lease {LEASE_TTL_S} s)", scene.goes_on("then")]


def window_passes(scene: Scene) -> list[str]:
    """The clock is set two hours ahead within a window: it is over. Set back, it is open again, but was had."""
    scene.service.start()
    took_s = eventually(lambda: scene.sent >= ENOUGH, "some are sent in the window")
    scene.jump(7200)
    time.sleep(IN_FLIGHT_S)
    at_end = scene.sent
    time.sleep(WATCHED_S)
    after_end = scene.sent - at_end
    scene.jump(0)
    time.sleep(WATCHED_S)
    if after_end:
        raise SystemExit(f"{after_end} sent after the window's end")
    return [f"{ENOUGH} sent after {took_s:.1f} s, 0 sent after its end, {scene.sent - at_end} once it was open again"]


SCENES: Final[tuple[tuple[Callable[[Scene], list[str]], bool], ...]] = (
    (balancing, False),
    (leader_dies, False),
    (window_passes, True),
)


def play(scene: Callable[[Scene], list[str]], has_window: bool, library: Path, place: Path, url: str) -> None:
    """Play one scene; ends the program where journal and vCenter do not agree in the end."""
    clock = place / "clock"
    clock.write_text("0", encoding="ascii")
    environment = {"LD_PRELOAD": str(library), "JUMPING_CLOCK": str(clock)}
    more = ""
    if has_window:
        more = BY_WINDOW.format(at=datetime.now(UTC) + timedelta(seconds=10))
        environment["RECOMMENDER_POLICY__AUTOMATION_LEVEL"] = "manual"
    with running_simulator(place, uniform(8, 160), migration_ms=2000) as simulator:
        service = Service(simulator, place, url, more, environment)
        try:
            told = scene(Scene(service, clock))
            clock.write_text("0", encoding="ascii")
            service.settle()
            wrong = service.disagreements()
        finally:
            service.close()
    print(scene.__name__, *told, f"{len(wrong)} disagreements", *wrong, sep="; ", flush=True)
    if wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    compiler = shutil.which("cc")
    if compiler is None:
        print("skipped: no C compiler (cc) here")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        library = folder / "jumping_clock.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
        subprocess.run(command, check=True)  # noqa: S603  # our own source
        server = stack.enter_context(running_postgresql()) if asked.database == "postgresql" else None
        for scene, has_window in SCENES:
            place = folder / scene.__name__
            place.mkdir()
            url = f"sqlite:///{place / 'journal.db'}" if server is None else server.new_database()
            play(scene, has_window, library, place, url)


if __name__ == "__main__":
    main()
