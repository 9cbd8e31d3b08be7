"""The journal's database goes away under real daemons: ``python -m tests.benchmark.outages sqlite|postgresql``.

Two daemons on one journal migrate over SOAP. For a minute PostgreSQL cuts every connection and accepts none, or another
process keeps SQLite's file locked. Nobody may send anything beyond the lease that was theirs; both have to stay alive
and to say why nothing happens; afterwards somebody has to lead and something to be sent. At the end everything is
settled and the independent checker compares the journal with the simulator's own history.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import LEASE_TTL_S, Service, eventually
from tests.postgresql import running_postgresql

SAYS = ("the lease could not be asked for", "a turn failed")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Within, nobody else reads or writes."""
    with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=("sqlite", "postgresql"))
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        url, gone = f"sqlite:///{place / 'journal.db'}", locked(place / "journal.db")
        if asked.database == "postgresql":
            server = stack.enter_context(running_postgresql())
            url, gone = server.new_database(), server.away()
        simulator = stack.enter_context(running_simulator(place, uniform(4, 40), migration_ms=1000))
        service = Service(simulator, place, url)
        stack.callback(service.close)
        sys.exit(not survives(service, gone, asked.seconds))


def survives(service: Service, gone: AbstractContextManager[None], seconds: float) -> bool:
    """Prints what happened; whether all of it was right."""
    daemons = (service.start(), service.start())

    def counted(*events: str) -> int:
        return sum(daemon.count(event) for daemon in daemons for event in events)

    def calls() -> int:
        return sum(line["state"] == "queued" for line in service.simulator.tasks())

    eventually(lambda: sum(daemon.sent for daemon in daemons) > 0, "something is sent before")
    with gone:
        time.sleep(LEASE_TTL_S)
        made, led, said_before = calls(), counted("leading"), counted(*SAYS)
        time.sleep(seconds - LEASE_TTL_S)
        beyond, said = calls() - made, counted(*SAYS) - said_before
        alive = sum(daemon.process.poll() is None for daemon in daemons)
    made = calls()
    leads_s = eventually(lambda: counted("leading") > led, "somebody leads again")
    sends_s = eventually(lambda: calls() > made, "something is sent afterwards")
    service.settle()
    wrong = service.disagreements()
    print(f"{seconds:.0f} s away: {alive} of 2 alive, {beyond} calls sent beyond the lease, {said} times said why")
    print(f"leads after {leads_s:.1f} s, sends {sends_s:.1f} s later, {len(wrong)} disagreements", *wrong, sep="\n")
    return alive == len(daemons) and beyond == 0 and said > 0 and not wrong


if __name__ == "__main__":
    main()
