"""Following updates over SOAP tells the same inventory as reading everything, whatever happens in between.

The simulator announces what our own Go program changes; much of what the stock part of it changes it does not announce,
which is how a missed update can be shown here.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyVmomi import vim, vmodl

from recommender.inventory.inventory import Inventory
from recommender.vsphere.facts import Facts
from recommender.vsphere.session.session import Session
from recommender.vsphere.sources.following import FollowingInventorySource
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Datastore, Estate
from tests.contract.estates import every_refusal, uniform
from tests.contract.fault_proxy import pass_on, proxy_before
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import World, one_site, over_soap
from tests.unit.vsphere import soap
from tests.unit.vsphere.fake_vcenter import refuse

MOVING, HERE, FREE = "vm-0001", "esx-001", "esx-002"
FULL_EVERY = timedelta(hours=1)


def small() -> Estate:
    """The simulator looks at everything for each update, so that a large estate would take long."""
    estate = uniform(2, 2)
    hosts = tuple(replace(host, datastores=("shared", "other")) for host in estate.hosts)
    return replace(estate, hosts=hosts, datastores=(*estate.datastores, Datastore(name="other")))


class Following:
    """A source whose clock a test may move on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.source = FollowingInventorySource([session], site_of=one_site, full_every=FULL_EVERY, now=lambda: self.now)

    def read(self, world: World) -> tuple[Inventory, Inventory]:
        """What following tells, and what reading everything tells."""
        followed, whole = self.source.read(), world.source.read()
        return followed, replace(whole, taken_at=followed.taken_at)


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(small())


@pytest.fixture
def world(simulator: RunningSimulator) -> Iterator[World]:
    with over_soap(simulator) as there:
        yield there


@pytest.fixture
def following(simulator: RunningSimulator) -> Iterator[Following]:
    session = Session(simulator.address())
    try:
        yield Following(session)
    finally:
        session.close()


def test_the_first_reading_is_the_whole_estate(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(every_refusal())
    session = Session(simulator.address())
    try:
        with over_soap(simulator) as world:
            followed, whole = Following(session).read(world)
    finally:
        session.close()
    assert followed == whole


def test_a_migration_is_followed_without_reading_everything(
    following: Following, world: World, simulator: RunningSimulator
) -> None:
    before, _ = following.read(world)
    world.ended(world.migrator.relocate(world.move(MOVING, FREE), "op-1"))
    asked = len(simulator.operations())
    after = following.source.read()
    assert simulator.operations()[asked:] == ["WaitForUpdatesEx", "RetrievePropertiesEx"], "updates and open tasks"
    assert after.vm(world.vm(MOVING)).host == world.host(FREE)
    assert before.vm(world.vm(MOVING)).host == world.host(HERE), "an inventory does not change"
    assert after == following.read(world)[1]


def test_a_migration_of_disks_is_followed(following: Following, world: World) -> None:
    following.read(world)
    world.ended(world.migrator.relocate(world.move(MOVING, FREE, disks_to="other"), "op-1"))
    followed, whole = following.read(world)
    assert followed == whole
    assert followed.vm(world.vm(MOVING)).datastores != world.at_first.vm(world.vm(MOVING)).datastores


def test_vms_of_one_identity_are_told_once(simulator: RunningSimulator, caplog: pytest.LogCaptureFixture) -> None:
    sessions = [Session(replace(simulator.address(), name=name)) for name in ("vc", "restored")]
    source = FollowingInventorySource(sessions, site_of=one_site)
    try:
        for _ in range(2):
            source.read()
    finally:
        for session in sessions:
            session.close()
    assert caplog.text.count("4 VMs share instance UUIDs, their histories cannot be told apart: restored/vm-") == 1
    assert source.counts.sharing_identity == 4


def test_a_session_that_is_gone_is_followed_by_a_new_one(following: Following, world: World) -> None:
    following.read(world)
    following.session.reading(lambda service: service.sessions.Logout())
    world.ended(world.migrator.relocate(world.move(MOVING, FREE), "op-1"))
    followed, whole = following.read(world)
    assert followed == whole


def test_a_full_reading_that_agrees_changes_nothing(
    following: Following, world: World, simulator: RunningSimulator
) -> None:
    following.read(world)
    following.now += FULL_EVERY
    followed, whole = following.read(world)
    assert followed == whole
    assert following.source.counts.differences == 0
    asked = len(simulator.operations())
    following.source.read()
    assert "CreateContainerView" not in simulator.operations()[asked:], "the next full reading is an hour away"


def test_a_full_reading_wins_over_updates_that_missed_something(
    following: Following, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    following.read(world)
    forget_a_host_change(following, world.host(FREE).moid)
    assert following.source.read().host(world.host(FREE)).in_maintenance, "wrong, but nothing tells so yet"
    following.now += FULL_EVERY
    followed, whole = following.read(world)
    assert followed == whole
    assert following.source.counts.differences == 1
    assert str(world.host(FREE)) in caplog.text
    assert following.read(world)[0] == replace(whole, taken_at=following.now), "and it goes on from there"


def test_a_full_reading_compares_storage_and_rules_too(
    following: Following, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    following.read(world)
    (followed,) = following.source._followed.values()
    table = followed.follower._facts[vim.Datastore]
    for facts in list(table.values()):
        smaller = {"summary.capacity": facts.values["summary.capacity"] // 2, "summary.freeSpace": 0}
        table[facts.moid] = Facts(facts.vcenter, facts.kind, facts.moid, {**facts.values, **smaller})
    assert {store.free_mib for store in following.source.read().datastores} == {0}, "wrong, but nothing tells so yet"
    following.now += FULL_EVERY
    followed_now, whole = following.read(world)
    assert followed_now == whole
    assert following.source.counts.differences == len(whole.datastores) == 2
    assert str(whole.datastores[0].ref) in caplog.text


def test_a_version_that_is_gone_is_followed_by_a_new_beginning(
    simulator: RunningSimulator, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with proxy_before(simulator) as proxy:
        session = Session(proxy.before(simulator).address())
        following = Following(session)
        try:
            following.read(world)
            world.ended(world.migrator.relocate(world.move(MOVING, FREE), "op-1"))
            gone = soap.fault(vmodl.query.InvalidCollectorVersion(), "The version is gone.")
            proxy.on("WaitForUpdatesEx", refuse(gone), pass_on)
            with caplog.at_level(logging.INFO):
                followed, whole = following.read(world)
        finally:
            session.close()
    assert followed == whole
    assert followed.vm(world.vm(MOVING)).host == world.host(FREE)
    assert following.source.counts.begun_anew == 1
    assert "updates of vc were lost (vmodl.query.InvalidCollectorVersion)" in caplog.text


def forget_a_host_change(following: Following, moid: str) -> None:
    (followed,) = following.source._followed.values()
    table = followed.follower._facts[vim.HostSystem]
    facts = table[moid]
    table[moid] = Facts(facts.vcenter, facts.kind, moid, {**facts.values, "runtime.inMaintenanceMode": True})
