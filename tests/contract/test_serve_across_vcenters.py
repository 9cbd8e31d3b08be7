"""One daemon leads in two vCenters and empties a host of one into the other; its successor finds what it had sent."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.inventory.lookup import host_named, vm_named
from recommender.ports import StepState
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.conftest import StartSimulator
from tests.contract.running_simulator import RunningSimulator
from tests.contract.serving import LEASE_TTL_S, PATIENCE_S, Service, eventually
from tests.contract.test_secrets import spellings
from tests.contract.two_vcenters import CONFIG, NEW, NEW_PASSWORD, OLD, OLD_PASSWORD
from tests.contract.worlds import one_site
from tests.history_checker import read_tables

pytestmark = pytest.mark.slow
BOTH = """
[serve]
balance = false
poll_interval_s = 2
lease_ttl_s = {ttl_s}

[journal]
url = "{journal}"

[[evacuation]]
name = "away"
hosts = ["esx-old"]
at = {at:%Y-%m-%dT%H:%M:%S}
duration_minutes = 30
automation_level = "fully_automated"
"""


@dataclass(kw_only=True)
class ServiceOfBoth(Service):
    """``simulator`` is the old vCenter."""

    new: RunningSimulator
    due: datetime

    def configuration(self) -> str:
        both = BOTH.format(ttl_s=LEASE_TTL_S, journal=self.journal_url, at=self.due)
        return CONFIG.format(old=self.simulator, new=self.new) + both

    def environment(self) -> dict[str, str]:
        return {"OLD_PASSWORD": OLD_PASSWORD, "NEW_PASSWORD": NEW_PASSWORD}

    def states(self) -> list[str]:
        return self._states("steps")


@pytest.fixture
def new(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(NEW, password=NEW_PASSWORD)


@pytest.fixture
def old(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(OLD, password=OLD_PASSWORD, migration_ms=300)


@pytest.fixture
def service(old: RunningSimulator, new: RunningSimulator, tmp_path: Path) -> Iterator[ServiceOfBoth]:
    folder = tmp_path / "service"
    folder.mkdir()
    due = datetime.now(UTC) + timedelta(seconds=8)  # time for the first daemon to get to know of it
    running = ServiceOfBoth(old, folder, f"sqlite:///{folder / 'journal.db'}", new=new, due=due)
    yield running
    running.close()


def test_what_was_sent_before_a_crash_is_found_in_the_other_vcenter_and_the_evacuation_goes_on(
    service: ServiceOfBoth,
    old: RunningSimulator,
    new: RunningSimulator,
) -> None:
    with open_vcenters([old.address(name="old"), new.address(name="new")], site_of=one_site) as (source, _):
        before = source.read()
        first = service.start("after_submit")
        assert first.process.wait(timeout=PATIENCE_S) == -signal.SIGKILL
        assert first.count("leading") == 1
        assert service.states().count(StepState.INTENT.value) == 1, (
            "its call was made, of which the journal knows nothing"
        )
        second = service.start()
        eventually(lambda: service.states().count("done") == 2, "both VMs have arrived")
        after = source.read()
    assert old.operations().count("RelocateVM_Task") == 2, "each was sent once"
    assert new.operations().count("RelocateVM_Task") == 0
    for name in ("web", "off"):
        vm = vm_named(after, name)
        assert (vm.host, vm.instance_uuid) == (host_named(after, "esx-new").ref, vm_named(before, name).instance_uuid)
    for row in read_tables(service.journal_url)["steps"]:
        assert str(row[3]).startswith("new/") or row[4] == "skipped"
    settled = [entry for entry in second.events() if "seen at its destination" in str(entry)]
    assert settled, "the successor tells what it found"
    secrets = spellings(OLD_PASSWORD) | spellings(NEW_PASSWORD)
    written = {path.name: path.read_bytes() for path in service.folder.rglob("*") if path.is_file()}
    assert {name for name, content in written.items() if any(secret in content for secret in secrets)} == set()
