"""How log and journal grow by migrations: ``python -m tests.benchmark.growth [--vms 200]``, SQLite, over SOAP.

A real ``serve``, fully automated, balances hosts of which a fourth carries everything, until nothing is left to move.
What log and journal grew by until then, less what as many decisions alone make them grow by afterwards, is that of the
migrations. Then everything older than now is removed as ``keep_days`` would: what stays of a migration is
that it was made (the audit) and that its plan was applied. The journal is measured after a checkpoint, without pages
that are free.
"""

import argparse
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.journal.store import open_journal
from tests.benchmark.idle import SIZE_IN_PAGES
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Daemon, Service

QUIET_S = 30.0  # without a migration for so long nothing is left to move
KIB = 1024
A_DAY = 1000  # migrations


def main() -> None:
    """Print one row of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vms", type=int, default=200)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        place = Path(name)
        with running_simulator(place, uniform(8, asked.vms), migration_ms=1000) as simulator:
            service = Service(simulator, place, f"sqlite:///{place / 'journal.db'}")
            try:
                _measure(service, place / "journal.db")
            finally:
                service.close()


def _measure(service: Service, file: Path) -> None:
    daemon = service.start()
    while daemon.sent == 0:
        time.sleep(0.1)
    done = 0
    while True:
        time.sleep(QUIET_S)
        if _done(file) == done:
            break
        done = _done(file)
    log, journal, decisions = _sizes(daemon, file)
    time.sleep(QUIET_S)
    log_after, journal_after, decisions_after = _sizes(daemon, file)
    of_a_decision = [grown / (decisions_after - decisions) for grown in (log_after - log, journal_after - journal)]
    daemon.process.terminate()
    daemon.process.wait(60)
    with open_journal(service.journal_url) as opened:
        opened.remove_before(datetime.now(UTC), datetime.now(UTC))
    kept = _journal(file)[0] / done / KIB
    empty = file.with_name("empty.db")
    with open_journal(f"sqlite:///{empty}"):
        pass
    logged = (log - decisions * of_a_decision[0]) / done / KIB
    whole = (journal - _journal(empty)[0] - decisions * of_a_decision[1]) / done / KIB
    print(
        "| migrations | log, KiB each | journal, KiB each | kept at most, KiB each | log MiB a day of 1,000 | journal |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    a_day = [each * A_DAY / KIB for each in (logged, whole)]
    print(f"| {done} | {logged:.2f} | {whole:.2f} | {kept:.2f} | {a_day[0]:.1f} | {a_day[1]:.1f} |")


def _done(file: Path) -> int:
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        (number,) = connection.execute("SELECT count(*) FROM steps WHERE state = 'done'").fetchone()
        return int(number)


def _sizes(daemon: Daemon, file: Path) -> tuple[int, int, int]:
    """Bytes of log and journal, and how many decisions are in them."""
    return daemon.log.stat().st_size, *_journal(file)


def _journal(file: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,), (free,), (size,) = (connection.execute(f"PRAGMA {what}").fetchone() for what in SIZE_IN_PAGES)
        (decisions,) = connection.execute("SELECT count(*) FROM cycles WHERE kind = 'balance'").fetchone()
    return (pages - free) * size, int(decisions)


if __name__ == "__main__":
    main()
