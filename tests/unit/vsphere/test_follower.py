"""Updates as vCenter may send them: in several sets, of objects that come and go, and in another way than asked for."""

import re
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from recommender.errors import InventoryUnavailable
from recommender.vsphere.facts import Facts
from recommender.vsphere.sources.follower import LOST, Follower, Wanted
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.fake_vcenter import FakeVCenter, hang_up, refuse, reply

Query = vmodl.query.PropertyCollector
WANTED: Wanted = {vim.HostSystem: ("name", "runtime.inMaintenanceMode")}
FILTER = Query.Filter("filter-1")


def host(moid: str, kind: str, *changes: Any, missing: tuple[str, ...] = ()) -> Any:
    lacking = [Query.MissingProperty(path=path, fault=vmodl.fault.NotSupported()) for path in missing]
    return Query.ObjectUpdate(obj=vim.HostSystem(moid), kind=kind, changeSet=list(changes), missingSet=lacking)


def assign(name: str, value: Any, op: str = "assign") -> Any:
    return Query.Change(name=name, op=op, val=value)


def updates(version: str, *objects: Any, truncated: bool = False) -> Any:
    of_filter = Query.FilterUpdate(filter=FILTER, objectSet=list(objects))
    return Query.UpdateSet(version=version, filterSet=[of_filter], truncated=truncated)


FIRST = updates(
    "1",
    host("host-1", "enter", assign("name", "a"), assign("runtime.inMaintenanceMode", False)),
    host("host-2", "enter", assign("name", "b")),
)


@pytest.fixture
def follower(vcenter: FakeVCenter, open_session: OpenSession) -> Follower:
    vcenter.on("CreatePropertyCollector", reply(soap.answer("CreatePropertyCollector", Query("collector-1"))))
    vcenter.on("CreateContainerView", reply(soap.answer("CreateContainerView", vim.view.ContainerView("view-1"))))
    vcenter.on("CreateFilter", reply(soap.answer("CreateFilter", FILTER)))
    session = open_session(vcenter.address(timeout_ms=2000))
    return session.reading(lambda service: Follower(service, WANTED))


def told(vcenter: FakeVCenter, *sets: Any) -> None:
    vcenter.on("WaitForUpdatesEx", *(reply(soap.answer("WaitForUpdatesEx", one)) for one in sets))


def table(follower: Follower) -> dict[str, dict[str, Any]]:
    return {facts.moid: dict(facts.values) for facts in follower.facts[vim.HostSystem]}


def test_the_first_time_tells_everything_and_the_next_what_has_changed(
    vcenter: FakeVCenter, follower: Follower
) -> None:
    told(vcenter, FIRST, updates("2", host("host-1", "modify", assign("runtime.inMaintenanceMode", True))))
    assert follower.catch_up() == 2
    before = {facts.moid: facts for facts in follower.facts[vim.HostSystem]}
    assert follower.catch_up() == 1
    assert table(follower) == {"host-1": {"name": "a", "runtime.inMaintenanceMode": True}, "host-2": {"name": "b"}}
    after = {facts.moid: facts for facts in follower.facts[vim.HostSystem]}
    assert after["host-2"] is before["host-2"], "what has not changed need not be translated again"
    assert before["host-1"].values["runtime.inMaintenanceMode"] is False, "earlier facts are not changed"
    versions = [re.findall(r"<version[^>]*>(\w*)<", body) for body in vcenter.bodies("WaitForUpdatesEx")]
    assert versions in ([[], ["1"]], [[""], ["1"]])


def test_truncated_sets_are_read_to_their_end_at_once(vcenter: FakeVCenter, follower: Follower) -> None:
    begin = updates("1", host("host-1", "enter", assign("name", "a")), truncated=True)
    told(vcenter, begin, updates("2", host("host-2", "enter", assign("name", "b"))))
    assert follower.catch_up() == 2
    assert set(table(follower)) == {"host-1", "host-2"}


def test_nothing_new_is_nothing(vcenter: FakeVCenter, follower: Follower) -> None:
    told(vcenter, FIRST, None)
    follower.catch_up()
    before = table(follower)
    assert follower.catch_up() == 0
    assert table(follower) == before


def test_what_is_gone_is_gone(vcenter: FakeVCenter, follower: Follower) -> None:
    told(vcenter, FIRST, updates("2", host("host-2", "leave"), host("host-9", "leave")))
    follower.catch_up()
    follower.catch_up()
    assert set(table(follower)) == {"host-1"}


@pytest.mark.parametrize(
    "update",
    [
        host("host-1", "modify", assign("name", None, "remove")),
        host("host-1", "modify", assign("name", None, "indirectRemove")),
        host("host-1", "modify", assign("name", None)),
        host("host-1", "modify", missing=("name",)),
    ],
)
def test_a_value_that_is_not_told_any_more_is_unknown(vcenter: FakeVCenter, follower: Follower, update: Any) -> None:
    told(vcenter, FIRST, updates("2", update))
    follower.catch_up()
    follower.catch_up()
    assert table(follower)["host-1"] == {"runtime.inMaintenanceMode": False}


@pytest.mark.parametrize(
    "update",
    [
        host("host-1", "modify", assign('name["part"]', "x")),
        host("host-1", "modify", assign("name", "x", "add")),
        host("host-7", "modify", assign("name", "x")),
    ],
)
def test_an_object_of_which_only_parts_are_told_is_read_anew(
    vcenter: FakeVCenter, follower: Follower, update: Any
) -> None:
    told(vcenter, FIRST, updates("2", update))
    moid = update.obj._moId
    page = soap.page((vim.HostSystem(moid), {"name": "read anew"}))
    vcenter.on("RetrievePropertiesEx", reply(soap.answer("RetrievePropertiesEx", page)))
    follower.catch_up()
    follower.catch_up()
    assert table(follower)[moid] == {"name": "read anew"}


def test_a_lost_version_is_told_as_that(vcenter: FakeVCenter, follower: Follower) -> None:
    vcenter.on("WaitForUpdatesEx", refuse(soap.fault(vmodl.query.InvalidCollectorVersion(), "The version is gone.")))
    with pytest.raises(LOST):
        follower.catch_up()


def test_a_connection_that_breaks_is_told_as_that(vcenter: FakeVCenter, follower: Follower) -> None:
    vcenter.on("WaitForUpdatesEx", hang_up)
    with pytest.raises(InventoryUnavailable):
        follower.catch_up()


def test_closing_is_quiet_whatever_happens(vcenter: FakeVCenter, follower: Follower) -> None:
    vcenter.on("DestroyPropertyCollector", hang_up)
    follower.close()
    assert vcenter.bodies("DestroyPropertyCollector")


def test_facts_are_those_of_the_kind_that_was_asked_for(vcenter: FakeVCenter, follower: Follower) -> None:
    told(vcenter, FIRST)
    follower.catch_up()
    assert follower.facts[vim.HostSystem][0] == Facts(
        "vc", "HostSystem", "host-1", {"name": "a", "runtime.inMaintenanceMode": False}
    )
