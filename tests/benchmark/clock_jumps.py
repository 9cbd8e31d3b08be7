"""The clock of real daemons jumps: ``python -m tests.benchmark.clock_jumps sqlite|postgresql LIBFAKETIME``.

LIBFAKETIME is the path of libfaketime.so.1 (Debian: the package faketime). Two daemons on one journal, whose clock is
one; vCenter's stays right, and so does the database's where that is a server. While migrations run the clock goes an
hour ahead, then two hours back, then right again; each time somebody has to lead and something to be sent. At the end
everything is settled and the independent checker compares the journal with the simulator's own history.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Service, eventually
from tests.postgresql import running_postgresql

JUMPS = ("+1h", "-1h", "+0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=("sqlite", "postgresql"))
    parser.add_argument("library", type=Path)
    asked = parser.parse_args()
    if not asked.library.exists():
        print(f"skipped: {asked.library} is not there")
        return
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        url = f"sqlite:///{place / 'journal.db'}"
        if asked.database == "postgresql":
            url = stack.enter_context(running_postgresql()).new_database()
        simulator = stack.enter_context(running_simulator(place, uniform(4, 40), migration_ms=1000))
        offset = place / "offset"
        offset.write_text("+0", encoding="ascii")
        faked = {
            "LD_PRELOAD": str(asked.library),
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        service = Service(simulator, place, url, environment=faked)
        stack.callback(service.close)
        daemons = (service.start(), service.start())

        def sent() -> int:
            return sum(daemon.sent for daemon in daemons)

        for jump in JUMPS:
            before = sent()
            took_s = eventually(lambda: sent() > before, f"something is sent before {jump}")  # noqa: B023  # at once
            offset.write_text(jump, encoding="ascii")
            print(f"{jump} after {took_s:.1f} s, {sent()} sent", flush=True)
        before = sent()
        eventually(lambda: sent() > before, "something is sent at the end")
        service.settle()
        led = sum(daemon.count("leading") for daemon in daemons)
        wrong = service.disagreements()
        print(f"{sent()} sent, {led} times somebody began to lead, {len(wrong)} disagreements", *wrong, sep="\n")
        sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
