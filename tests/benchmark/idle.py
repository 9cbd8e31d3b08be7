"""What a daemon costs that has nothing to do: ``python -m tests.benchmark.idle [--hosts 100] [--vms 2000]``.

A real ``serve`` on SQLite beside the vCenter simulator over SOAP, everything in balance, the automation level manual.
Once it has begun, an hour is played: polls (every 300 s) and full readings (every 900 s) come so many times faster,
which gives the work of an hour's polls; then as long without any, which gives what the leases and ticks of each second
cost, for 3,600 of them. Log and journal are what grew meanwhile, times 24; of the journal after a checkpoint, so that
no write-ahead log is counted.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract.estate import Estate
from tests.contract.estates import uniform
from tests.contract.running_simulator import RunningSimulator, running_simulator

HOUR_S = 3600
POLL_S, FULL_S = 300, 900
MIB = 1024 * 1024
CONFIGURATION = """
[[vcenter]]
name = "vc"
url = "{url}"
certificate_sha256 = "{pin}"

[serve]
poll_interval_s = {poll_s}
full_read_interval_s = {full_s}

[audit]
anchor_file = "{folder}/anchor"

[journal]
url = "sqlite:///{folder}/journal.db"
keep_days = 30
"""


@dataclass(frozen=True)
class Used:
    """So far: CPU seconds, MiB now and at the peak, decisions, bytes of log and journal."""

    cpu_s: float
    rss_mib: float
    peak_mib: float
    decisions: int
    log_bytes: int
    journal_bytes: int


def main() -> None:
    """Print one row of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--vms", type=int, default=2000)
    parser.add_argument("--faster", type=int, default=60, help="how many times faster the hour goes by")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with running_simulator(folder, balanced(asked.hosts, asked.vms)) as simulator:
            _measure(simulator, folder, asked.faster, f"{asked.hosts:,} | {asked.vms:,}")


def balanced(hosts: int, vms: int) -> Estate:
    """Every host has as much as the others."""
    estate = uniform(hosts, vms)
    places = [host.name for host in estate.hosts]
    spread = (replace(vm, host=places[number % hosts], cpu_mhz=400) for number, vm in enumerate(estate.vms))
    return replace(estate, vms=tuple(spread))


def _measure(simulator: RunningSimulator, folder: Path, faster: int, size: str) -> None:
    seconds, decisions = HOUR_S / faster, HOUR_S // POLL_S
    polling, first, took_s = _run(simulator, folder, seconds, decisions, POLL_S / faster, FULL_S / faster)
    idle, _, idle_s = _run(simulator, folder, seconds, 0, 100 * HOUR_S, 100 * HOUR_S)
    of_a_second_s = idle.cpu_s / idle_s
    polls_s = polling.cpu_s - of_a_second_s * took_s
    an_hour_s = polls_s + of_a_second_s * HOUR_S
    titles = ("hosts", "VMs", "start, CPU s", "an hour, CPU s", "of these polls", "decisions", "MiB", "peak MiB")
    print(f"| {' | '.join(titles)} | log MiB a day | journal MiB a day |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    a_day = [24 * grown / MIB for grown in (polling.log_bytes, polling.journal_bytes)]
    print(
        f"| {size} | {first.cpu_s:.1f} | {an_hour_s:.1f} | {polls_s:.1f} | {polling.decisions} "
        f"| {polling.rss_mib:.0f} | {polling.peak_mib:.0f} | {a_day[0]:.2f} | {a_day[1]:.2f} |"
    )


def _run(
    simulator: RunningSimulator, folder: Path, seconds: float, decisions: int, poll_s: float, full_s: float
) -> tuple[Used, Used, float]:
    """What so many seconds and decisions took after the first one, what it took until then, and how long it was."""
    config, log = folder / "recommender.toml", folder / "daemon.log"
    values = {"url": simulator.url, "pin": simulator.certificate_pin, "folder": folder}
    config.write_text(CONFIGURATION.format(poll_s=poll_s, full_s=full_s, **values), encoding="utf-8")
    names = {"RECOMMENDER_USERNAME": simulator.username, "RECOMMENDER_PASSWORD": simulator.password}
    with log.open("wb") as stderr:
        command = [sys.executable, "-m", "recommender", "serve", "--config", str(config)]
        process = subprocess.Popen(command, env=os.environ | names, stderr=stderr)  # noqa: S603  # our own program
    try:
        while b'"balance"' not in log.read_bytes():
            if process.poll() is not None:
                raise RuntimeError(f"it has ended:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.1)
        time.sleep(5)  # until the first decision is written down
        before, began_s = _used(process.pid, folder), time.monotonic()
        after = before
        while time.monotonic() - began_s < seconds or after.decisions - before.decisions < decisions:
            time.sleep(1)
            after = _used(process.pid, folder)
        seconds = time.monotonic() - began_s
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    took = replace(
        after,
        cpu_s=after.cpu_s - before.cpu_s,
        decisions=after.decisions - before.decisions,
        log_bytes=after.log_bytes - before.log_bytes,
        journal_bytes=after.journal_bytes - before.journal_bytes,
    )
    return took, before, seconds


def _used(pid: int, folder: Path) -> Used:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    with closing(sqlite3.connect(folder / "journal.db", timeout=60)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (decisions,) = connection.execute("SELECT count(*) FROM cycles WHERE kind = 'balance'").fetchone()
        (pages,), (free,), (size,) = (connection.execute(f"PRAGMA {what}").fetchone() for what in SIZE_IN_PAGES)
    return Used(
        cpu_s=sum(map(int, times[11:13])) / os.sysconf("SC_CLK_TCK"),
        rss_mib=int(status["VmRSS"].split()[0]) / 1024,
        peak_mib=int(status["VmHWM"].split()[0]) / 1024,
        decisions=decisions,
        log_bytes=(folder / "daemon.log").stat().st_size,
        journal_bytes=(pages - free) * size,
    )


SIZE_IN_PAGES = ("page_count", "freelist_count", "page_size")

if __name__ == "__main__":
    main()
