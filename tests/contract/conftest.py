"""Simulators on the loopback interface, started when a test asks for one and stopped when it ends."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from recommender.service.system_clock import SystemClock
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.estate import Estate
from tests.contract.estates import every_refusal
from tests.contract.fault_proxy import FaultProxy, proxy_before
from tests.contract.lost_calls import TIMEOUT_MS
from tests.contract.running_simulator import RunningSimulator, running_simulator
from tests.contract.worlds import World, in_memory, one_site, over_soap

UNHURRIED_MS = 10_000


class StartSimulator(Protocol):
    def __call__(self, estate: Estate | None = None, **options: Any) -> RunningSimulator: ...


@pytest.fixture
def start_simulator(tmp_path: Path) -> Iterator[StartSimulator]:
    """Starts simulators, of ``every_refusal`` unless told otherwise; options are those of ``running_simulator``."""
    with ExitStack() as stack:
        started: list[RunningSimulator] = []

        def start(estate: Estate | None = None, **options: Any) -> RunningSimulator:
            directory = tmp_path / f"simulator-{len(started)}"
            directory.mkdir()
            served = every_refusal() if estate is None else estate
            started.append(stack.enter_context(running_simulator(directory, served, **options)))
            return started[-1]

        yield start


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    """A fresh one, so that a test may change what it likes."""
    return start_simulator()


@pytest.fixture
def vcenter_url(simulator: RunningSimulator) -> str:
    return simulator.url


@pytest.fixture
def certificate_pin(simulator: RunningSimulator) -> str:
    return simulator.certificate_pin


@pytest.fixture
def username(simulator: RunningSimulator) -> str:
    return simulator.username


@pytest.fixture
def password(simulator: RunningSimulator) -> str:
    return simulator.password


@pytest.fixture
def proxy(simulator: RunningSimulator) -> Iterator[FaultProxy]:
    """In front of ``simulator``."""
    with proxy_before(simulator) as running:
        yield running


@pytest.fixture
def proxied_world(simulator: RunningSimulator, proxy: FaultProxy) -> Iterator[World]:
    """Over SOAP and through ``proxy``, with little patience."""
    address = proxy.before(simulator).address(timeout_ms=TIMEOUT_MS)
    with open_vcenters([address], site_of=one_site) as (source, migrator):
        yield World(source=source, migrator=migrator, clock=SystemClock(), pause_s=0.01)


@pytest.fixture(params=["over SOAP", "in memory"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Both worlds with the same estate, one after the other."""
    if request.param == "in memory":
        with in_memory(every_refusal()) as there:
            yield there
        return
    simulator: RunningSimulator = request.getfixturevalue("simulator")
    with over_soap(simulator) as there:
        yield there


@pytest.fixture(params=["over SOAP", "in memory"])
def unhurried_world(request: pytest.FixtureRequest, start_simulator: StartSimulator) -> Iterator[World]:
    """Both worlds, with migrations that last for as long as a test looks at them: end them by ``cancel``."""
    if request.param == "in memory":
        with in_memory(every_refusal()) as there:
            yield there
        return
    with over_soap(start_simulator(migration_ms=UNHURRIED_MS)) as there:
        yield there
