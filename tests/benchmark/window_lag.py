"""From a window's opening to its first call: ``python -m tests.benchmark.window_lag --openings 3``.

A real daemon waits for a window of an evacuation, each time a new one that has decided nothing yet, and empties a host
over SOAP. Prints the seconds from the opening until the decision is told and until the first call was sent.
"""

import argparse
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Daemon, Service, eventually

EVACUATION = """
[[evacuation]]
name = "window"
hosts = ["esx-001"]
cron = "{opens.minute} {opens.hour} * * *"
duration_minutes = 30
"""
STARTS_UP = timedelta(seconds=75)  # longer than it decides ahead, on a busy machine


def opened(place: Path) -> tuple[float, float]:
    """Seconds to the decision and to the first call."""
    opens = (datetime.now(UTC) + STARTS_UP + timedelta(minutes=1)).replace(second=0, microsecond=0)
    with running_simulator(place, uniform(4, 16), migration_ms=1000) as simulator:
        service = Service(simulator, place, f"sqlite:///{place / 'journal.db'}", EVACUATION.format(opens=opens))
        service.balances = False
        try:
            daemon = service.start()
            eventually(lambda: daemon.sent > 0, "something is sent")
            return _after(daemon, opens, "evacuation"), _after(daemon, opens, "step")
        finally:
            service.close()


def _after(daemon: Daemon, opens: datetime, event: str) -> float:
    told = next(entry["timestamp"] for entry in daemon.events() if entry["event"] == event)
    return (datetime.fromisoformat(told) - opens).total_seconds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openings", type=int, default=3)
    asked = parser.parse_args()
    seen = []
    for number in range(asked.openings):
        with TemporaryDirectory() as folder:
            seen.append(opened(Path(folder)))
        print(f"{number + 1}: decision after {seen[-1][0]:.2f} s, first call after {seen[-1][1]:.2f} s", flush=True)
    decision, call = (statistics.median(times) for times in zip(*seen, strict=True))
    print(f"median: decision after {decision:.2f} s, first call after {call:.2f} s")


if __name__ == "__main__":
    main()
