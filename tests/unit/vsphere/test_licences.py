"""Licences by host from hand-built answers: the simulator knows but one, which lists next to nothing."""

from typing import Any

from pyVmomi import vim, vmodl

from recommender.inventory.licence import Licence
from recommender.vsphere.licences import licences_by_host
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.fake_vcenter import Behaviour, FakeVCenter, refuse, reply

KEY = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
Manager: Any = vim.LicenseAssignmentManager


def assigned(moid: str, *features: str) -> Any:
    properties = [
        vmodl.KeyAnyValue(key="feature", value=vim.KeyValue(key=feature, value=f"about {feature}"))
        for feature in features
    ]
    licence = vim.LicenseManager.LicenseInfo(
        licenseKey=KEY, editionKey="esx.standard", name="vSphere Standard", total=0, costUnit="cpu",
        properties=[*properties, vmodl.KeyAnyValue(key="ProductName", value="ESX")],
    )  # fmt: skip
    return Manager.LicenseAssignment(entityId=moid, assignedLicense=licence)


def read(vcenter: FakeVCenter, open_session: OpenSession, answer: Behaviour) -> dict[str, Licence]:
    content = soap.service_content()
    content.licenseManager = vim.LicenseManager("LicenseManager")
    vcenter.on("RetrieveServiceContent", reply(soap.answer("RetrieveServiceContent", content)))
    manager = soap.page((content.licenseManager, {"licenseAssignmentManager": Manager("Assignments")}))
    vcenter.on("RetrievePropertiesEx", reply(soap.answer("RetrievePropertiesEx", manager)))
    vcenter.on("QueryAssignedLicenses", answer)
    return open_session(vcenter.address()).reading(licences_by_host)


def test_each_host_has_its_licence_with_the_features_and_without_the_key(
    vcenter: FakeVCenter, open_session: OpenSession
) -> None:
    answers = soap.answer("QueryAssignedLicenses", assigned("host-1", "vmotion", "ft:4", "das"))
    found = read(vcenter, open_session, reply(answers))
    assert found == {
        "host-1": Licence(name="vSphere Standard", edition="esx.standard", features=("das", "ft", "vmotion"))
    }
    assert KEY not in repr(found)


def test_licences_that_may_not_be_read_are_unknown(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    forbidden = vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="Global.Licenses")
    assert read(vcenter, open_session, refuse(soap.fault(forbidden, "No."))) == {}


def test_a_vcenter_without_a_licence_manager_tells_none(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    assert open_session(vcenter.address()).reading(licences_by_host) == {}
