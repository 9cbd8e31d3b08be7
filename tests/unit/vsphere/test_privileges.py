"""The roles hold what the API asks for and no more, and a user without them is told which one is missing where."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.finding import Finding, Severity
from recommender.vsphere.examination.privileges import ROLES, VERBS, privilege_findings
from recommender.vsphere.facts import Facts
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.facts import make_facts
from tests.unit.vsphere.fake_vcenter import FakeVCenter, reply

DEPLOYED = Path(__file__).parents[3] / "deploy" / "roles"
TASKS: Any = vim.TaskManager
EVENTS: Any = vim.event.EventManager
# What this product calls, by the role that is to be enough for it.
CALLED: dict[str, tuple[Any, ...]] = {
    "viewer": (
        vim.view.ViewManager.CreateContainerView,
        TASKS.CreateCollectorForTasks,
        EVENTS.QueryEvents,
        vim.ServiceInstance.CurrentTime,
        vim.AuthorizationManager.HasPrivilegeOnEntities,
    ),
    "mover": (
        vim.VirtualMachine.Relocate,
        vim.Task.Cancel,
        vim.vm.check.ProvisioningChecker.CheckRelocate,
        vim.SearchIndex.FindByUuid,
    ),
    "mover-anywhere": (vim.VirtualMachine.Relocate, vim.Folder.MoveInto, vim.Folder.RegisterVm),
    "mover-maintenance": (
        vim.HostSystem.EnterMaintenanceMode,
        vim.HostSystem.ExitMaintenanceMode,
        vim.Datastore.EnterMaintenanceMode,
        vim.Datastore.ExitMaintenanceMode,
    ),
    "rule-editor": (vim.ComputeResource.ReconfigureEx,),
}
CHANGING = ("mover-anywhere", "mover-maintenance", "rule-editor")


@pytest.mark.parametrize("role", ROLES)
def test_the_deployed_roles_are_the_ones_that_doctor_knows(role: str) -> None:
    document = json.loads((DEPLOYED / f"{role}.json").read_text(encoding="utf-8"))
    assert document["name"] == f"recommender-{role}"
    assert document["description"]
    assert document["privileges"] == sorted(ROLES[role])


def test_no_role_is_deployed_that_doctor_does_not_know() -> None:
    assert {path.stem for path in DEPLOYED.iterdir()} == set(ROLES)


@pytest.mark.parametrize("role", CALLED)
def test_a_role_has_every_privilege_that_the_api_declares_for_what_is_called(role: str) -> None:
    declared = {method.info.privId for method in CALLED[role]} - {None}
    assert declared <= set(ROLES[role])


@pytest.mark.parametrize("role", CHANGING)
def test_only_the_role_for_it_allows_a_change(role: str) -> None:
    viewer = set(ROLES["viewer"])
    declared = {method.info.privId for method in CALLED[role]} - {None}
    assert declared.isdisjoint(viewer)


def test_larger_roles_hold_the_smaller_ones() -> None:
    assert set(ROLES["viewer"]) < set(ROLES["mover"]) < set(ROLES["mover-maintenance"])
    assert set(ROLES["mover"]) < set(ROLES["mover-anywhere"])


def test_every_verb_is_allowed_by_the_role_it_names() -> None:
    for _, needed, role in VERBS:
        assert set(needed) <= set(ROLES[role])


def findings(vcenter: FakeVCenter, open_session: OpenSession, *lacking: tuple[str, str]) -> list[Finding]:
    """With two clusters, on which everything is granted but what ``lacking`` names by cluster."""
    clusters = [
        make_facts("ClusterComputeResource", moid, name=name) for moid, name in (("c-1", "blue"), ("c-2", "red"))
    ]
    asked = sorted({privilege for _, needed, _ in VERBS for privilege in needed})
    granted = [entity_privileges(facts, asked, lacking) for facts in clusters]
    vcenter.on("HasPrivilegeOnEntities", reply(soap.answer("HasPrivilegeOnEntities", soap.array_of(kind(), *granted))))
    content = soap.service_content()
    content.authorizationManager = vim.AuthorizationManager("AuthorizationManager")
    vcenter.on("RetrieveServiceContent", reply(soap.answer("RetrieveServiceContent", content)))
    current = soap.page((vim.SessionManager("SessionManager"), {"currentSession": user_session()}))
    vcenter.on("Fetch", reply(soap.answer("Fetch", user_session())))
    vcenter.on("RetrievePropertiesEx", reply(soap.answer("RetrievePropertiesEx", current)))
    session = open_session(vcenter.address())
    return session.reading(lambda service: list(privilege_findings(service, clusters)))


def kind() -> Any:
    return vim.AuthorizationManager.EntityPrivilege


def entity_privileges(facts: Facts, asked: list[str], lacking: tuple[tuple[str, str], ...]) -> Any:
    available = [
        vim.AuthorizationManager.PrivilegeAvailability(
            privId=privilege, isGranted=(facts.name, privilege) not in lacking
        )
        for privilege in asked
    ]
    return kind()(entity=vim.ClusterComputeResource(facts.moid), privAvailability=available)


def user_session() -> Any:
    values: dict[str, Any] = {"key": "session-1", "userName": "operator", "fullName": "", "locale": "en"}
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    return vim.UserSession(**values, messageLocale="en", loginTime=moment, lastActiveTime=moment)


def test_a_user_who_may_everything_is_told_so(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    found = findings(vcenter, open_session)
    assert [finding.severity for finding in found] == [Severity.OK] * 5


def test_what_is_lacking_is_told_with_the_place_and_the_role(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    read, move, _, maintain, _ = findings(
        vcenter, open_session, ("red", "Resource.HotMigrate"), ("red", "Host.Config.Maintenance")
    )
    assert read.severity is Severity.OK
    assert (move.severity, move.told) == (
        Severity.WARNING,
        "the user may not move VMs on red: lacks Resource.HotMigrate",
    )
    assert "deploy/roles/mover.json" in move.remedy
    assert "deploy/roles/mover-maintenance.json" in maintain.remedy


def test_not_even_being_allowed_to_read_is_an_error(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    read, *_ = findings(vcenter, open_session, ("blue", "System.Read"), ("red", "System.Read"))
    assert read.severity is Severity.ERROR
    assert read.told == "the user may not read and recommend on blue, red: lacks System.Read"


def test_who_may_not_edit_rules_is_told_which_role_does(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    *others, rules = findings(vcenter, open_session, ("blue", "Host.Inventory.EditCluster"))
    assert {finding.severity for finding in others} == {Severity.OK}
    assert rules.severity is Severity.WARNING
    assert "may not re-create rules" in rules.told
    assert rules.told.endswith("on blue: lacks Host.Inventory.EditCluster")
    assert "deploy/roles/rule-editor.json" in rules.remedy
