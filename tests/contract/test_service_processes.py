"""Two real daemons on one journal and a vCenter over SOAP: one dies or freezes, the other goes on."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.journal.audit_chain import problems
from recommender.journal.store import open_read_only
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.serving import PATIENCE_S, Daemon, Service, eventually
from tests.postgresql import running_postgresql

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, start_simulator: StartSimulator, tmp_path: Path) -> Iterator[Service]:
    simulator = start_simulator(uniform(4, 40), migration_ms=1000)
    if request.param == "sqlite":
        running = Service(simulator, tmp_path, f"sqlite:///{tmp_path / 'journal.db'}")
        yield running
        running.close()
        return
    with running_postgresql() as server:
        running = Service(simulator, tmp_path, server.new_database())
        yield running
        running.close()


def two(service: Service) -> tuple[Daemon, Daemon]:
    """The one that leads and has sent migrations, and the one that stands by."""
    first = service.start()
    eventually(lambda: first.count("leading") == 1, "the first leads")
    second = service.start()
    eventually(lambda: second.count("standing by") == 1, "the second stands by")
    eventually(lambda: first.sent > 0, "the first sends")
    return first, second


def require_all_is_well(service: Service) -> None:
    service.settle()
    assert service.disagreements() == []
    with open_read_only(service.journal_url) as journal:
        assert journal is not None
        assert list(problems(journal.audit.entries())) == []


def test_killed_wherever_it_hurts_most_the_next_one_goes_on(service: Service) -> None:
    """The call is on its way without an answer; it was never made; it is over and nobody has written that down.

    All failpoints, again and again, are for ``tests/benchmark/processes.py``.
    """
    is_sqlite = service.journal_url.startswith("sqlite")
    for failpoint in ("after_submit", "before_submit:2" if is_sqlite else "before_outcome"):
        daemon = service.start(failpoint)
        assert daemon.process.wait(timeout=PATIENCE_S) == -signal.SIGKILL
    last = service.start()
    took_s = eventually(lambda: last.count("leading") == 1, "the last one leads")
    print(f"takeover after SIGKILL: {took_s:.2f} s")  # noqa: T201  # shown with -s
    require_all_is_well(service)


def test_one_that_is_frozen_is_replaced_and_sends_nothing_when_it_wakes(service: Service) -> None:
    first, second = two(service)
    service.freeze(first)
    took_s = eventually(lambda: second.count("leading") == 1, "the second leads")
    print(f"takeover after SIGSTOP: {took_s:.2f} s")  # noqa: T201
    sent = first.sent
    first.process.send_signal(signal.SIGCONT)
    eventually(lambda: first.count("standing by") == 1, "the first has noticed")
    require_all_is_well(service)
    assert first.sent <= sent + 1  # the call that it had made when it was frozen, and had not told of yet


def test_one_that_is_asked_to_stop_hands_over_within_seconds(service: Service) -> None:
    first, second = two(service)
    first.process.send_signal(signal.SIGTERM)
    took_s = eventually(lambda: second.count("leading") == 1, "the second leads")
    print(f"takeover after SIGTERM: {took_s:.2f} s")  # noqa: T201
    assert first.process.wait(timeout=60) == 0
    require_all_is_well(service)
