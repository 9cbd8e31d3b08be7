"""Every field of a relocation as it stands in the SOAP body, and what is read for it right before."""

import re
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from recommender.errors import MigrationRefused
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.result import DiskMove, NetworkMove
from recommender.planning.move_check import MoveCheck
from recommender.relocation_policy import CallPriority, CheckUse, RelocationPolicy
from recommender.vsphere.relocation.migrator import VCenterMigrator
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.datacenter import Datacenter
from tests.unit.vsphere.fake_vcenter import FakeVCenter, refuse, reply
from tests.unit.vsphere.moves import make_move, ref

Card: Any = vim.vm.device.VirtualEthernetCard
SWITCH = vim.dvs.VmwareDistributedVirtualSwitch("dvs-9")


@pytest.fixture
def datacenter(vcenter: FakeVCenter) -> Datacenter:
    """Cluster domain-c2 (host-3) lies in data centre *west*, which has the folder *teams* and nothing below it."""
    datacenter = Datacenter()
    vcenter.on("RetrievePropertiesEx", datacenter)
    vcenter.on("RelocateVM_Task", reply(soap.answer("RelocateVM_Task", vim.Task("task-7"))))
    east, west = vim.Datacenter("datacenter-1"), vim.Datacenter("datacenter-2")
    datacenter.objects["vm-1"]["config.hardware.device"].extend(
        [
            vim.vm.device.VirtualVmxnet3(
                key=4000, backing=Card.NetworkBackingInfo(deviceName="lan", network=vim.Network("network-1"))
            ),
            vim.vm.device.VirtualVmxnet3(
                key=4001,
                backing=Card.DistributedVirtualPortBackingInfo(
                    port=vim.dvs.PortConnection(switchUuid="50 0a", portgroupKey="dvportgroup-2", portKey="17")
                ),
            ),
            vim.vm.device.VirtualE1000e(
                key=4002, backing=Card.OpaqueNetworkBackingInfo(opaqueNetworkId="seg-1", opaqueNetworkType="nsx")
            ),
        ]
    )
    datacenter.objects["vm-1"]["parent"] = vim.Folder("group-v3")
    datacenter.objects |= {
        "domain-c1": {"parent": vim.Folder("group-h1")},
        "domain-c2": {"parent": vim.Folder("group-h2"), "resourcePool": vim.ResourcePool("resgroup-2")},
        "group-h1": {"parent": east},
        "group-h2": {"parent": west},
        "datacenter-1": {"name": "east", "vmFolder": vim.Folder("group-v1")},
        "datacenter-2": {"name": "west", "vmFolder": vim.Folder("group-v8")},
        "group-v1": {"name": "vm", "parent": east},
        "group-v2": {"name": "teams", "parent": vim.Folder("group-v1")},
        "group-v3": {"name": "web", "parent": vim.Folder("group-v2")},
        "group-v8": {"name": "vm", "parent": west, "childEntity": ["group-v9"]},
        "group-v9": {"name": "teams", "parent": vim.Folder("group-v8"), "childEntity": []},
        "network-1": {"name": "lan"},
        "network-2": {"name": "lan west"},
        "network-o1": {"name": "segment", "summary": opaque("seg-1")},
        "network-o2": {"name": "segment west", "summary": opaque("seg-2")},
        "dvportgroup-2": {"name": "web", "key": "dvportgroup-2", "config.distributedVirtualSwitch": SWITCH},
        "dvportgroup-3": {"name": "web west", "key": "dvportgroup-3", "config.distributedVirtualSwitch": SWITCH},
        "dvs-9": {"uuid": "50 1b"},
    }
    return datacenter


def opaque(network_id: str) -> Any:
    return vim.OpaqueNetwork.Summary(
        name=network_id, accessible=True, ipPoolName="", opaqueNetworkId=network_id, opaqueNetworkType="nsx.Logical"
    )


@pytest.fixture
def migrator(vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession) -> VCenterMigrator:
    del datacenter
    return VCenterMigrator([open_session(vcenter.address())])


def sent(vcenter: FakeVCenter, method: str = "RelocateVM_Task") -> str:
    (body,) = vcenter.bodies(method)
    return body


def disk_moves(provisioning: DiskProvisioning | None) -> tuple[DiskMove, ...]:
    return tuple(
        DiskMove(disk_key=key, source=ref("ds-1"), destination=ref("ds-2"), provisioning=provisioning)
        for key in (2000, 2001)
    )


@pytest.mark.parametrize(
    ("provisioning", "thin", "eager"),
    [
        (DiskProvisioning.THIN, "true", "false"),
        (DiskProvisioning.LAZY_ZEROED, "false", "false"),
        (DiskProvisioning.EAGER_ZEROED, "false", "true"),
    ],
)
def test_each_disk_is_told_its_format(
    vcenter: FakeVCenter, migrator: VCenterMigrator, provisioning: DiskProvisioning, thin: str, eager: str
) -> None:
    migrator.relocate(make_move(to="host-2", disk_moves=disk_moves(provisioning)), "op")
    disks = re.findall(r"<disk\b.*?</disk>", sent(vcenter), re.DOTALL)
    assert len(disks) == 2
    for disk in disks:
        assert 'type="VirtualDiskFlatVer2BackingInfo"' in disk
        assert f">{thin}</thinProvisioned>" in disk
        assert f">{eager}</eagerlyScrub>" in disk
        assert "</diskMode>" in disk


def test_a_disk_whose_format_stays_is_not_told_one(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:
    migrator.relocate(make_move(to="host-2", disk_moves=disk_moves(None)), "op")
    assert "<disk" in sent(vcenter)
    assert "diskBackingInfo" not in sent(vcenter)


@pytest.mark.parametrize(
    ("source", "destination", "key", "told"),
    [
        ("network-1", "network-2", 4000, ["<deviceName>lan west</deviceName>", ">network-2</network>"]),
        ("network-1", "dvportgroup-3", 4000, ["<switchUuid>50 1b<", "<portgroupKey>dvportgroup-3<"]),
        ("dvportgroup-2", "network-2", 4001, ["<deviceName>lan west</deviceName>"]),
        ("dvportgroup-2", "dvportgroup-3", 4001, ["<switchUuid>50 1b<", "<portgroupKey>dvportgroup-3<"]),
        ("network-o1", "network-o2", 4002, ["<opaqueNetworkId>seg-2<", "<opaqueNetworkType>nsx.Logical<"]),
    ],
)
def test_an_adapter_is_connected_to_the_network_that_the_plan_names(  # whatever kind the two are of
    vcenter: FakeVCenter, migrator: VCenterMigrator, source: str, destination: str, key: int, told: list[str]
) -> None:
    moves = (NetworkMove(source=ref(source), destination=ref(destination)),)
    migrator.relocate(make_move(to="host-2", network_moves=moves), "op")
    (change,) = re.findall(r"<deviceChange\b.*?</deviceChange>", sent(vcenter), re.DOTALL)
    assert "<operation>edit</operation>" in change
    assert f"<key>{key}</key>" in change
    for text in told:
        assert text in change
    assert "portKey" not in change, "a port of the old group is none of the new one"


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (NetworkMove(source=ref("dvportgroup-3"), destination=ref("network-2")), "no adapter of vc/vm-1 is on network"),
        (NetworkMove(source=ref("network-1"), destination=ref("network-7")), "network vc/network-7 is gone"),
    ],
)
def test_a_network_that_is_not_as_planned_refuses_the_move(
    vcenter: FakeVCenter, migrator: VCenterMigrator, move: NetworkMove, message: str
) -> None:
    with pytest.raises(MigrationRefused, match=f"{message}.*nothing was sent"):
        migrator.relocate(make_move(to="host-2", network_moves=(move,)), "op")
    assert vcenter.bodies("RelocateVM_Task") == []


def test_in_another_data_centre_the_folder_is_kept_as_far_as_it_is_there(
    vcenter: FakeVCenter, datacenter: Datacenter, migrator: VCenterMigrator
) -> None:
    found = migrator.check(make_move(to="host-3"))
    warning = "data centre west has no folder 'teams/web': the VM comes into its folder 'teams'"
    assert found.warnings == (warning,)
    migrator.relocate(make_move(to="host-3"), "op")
    assert ">group-v9</folder>" in sent(vcenter)
    assert ">resgroup-2</pool>" in sent(vcenter)
    datacenter.objects["group-v9"]["childEntity"] = ["group-v10"]
    datacenter.objects["group-v10"] = {"name": "web", "parent": vim.Folder("group-v9")}
    assert migrator.check(make_move(to="host-3")).warnings == ()


def test_within_a_cluster_no_folder_is_named(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:
    migrator.relocate(make_move(to="host-2"), "op")
    assert "<folder" not in sent(vcenter)
    assert "<service" not in sent(vcenter)


@pytest.mark.parametrize(
    ("policy", "priority", "told"),
    [
        (CallPriority.BY_REASON, 1, "highPriority"),
        (CallPriority.BY_REASON, 3, "defaultPriority"),
        (CallPriority.DEFAULT, 1, "defaultPriority"),
        (CallPriority.HIGH, 5, "highPriority"),
    ],
)
def test_the_priority_is_the_policys(  # by reason: high for what a rule demands
    vcenter: FakeVCenter,
    datacenter: Datacenter,
    open_session: OpenSession,
    policy: CallPriority,
    priority: int,
    told: str,
) -> None:
    del datacenter
    migrator = VCenterMigrator([open_session(vcenter.address())], policy=RelocationPolicy(priority=policy))
    migrator.relocate(make_move(to="host-2", priority=priority), "op")
    assert f">{told}</priority>" in sent(vcenter)


def ended(datacenter: Datacenter, state: str = "success", **values: Any) -> None:
    datacenter.objects["task-3"] = {"info.state": state, **values}


def checking(
    vcenter: FakeVCenter, open_session: OpenSession, use: CheckUse = CheckUse.WANTED, check_s: float = 0.0
) -> VCenterMigrator:
    content = soap.service_content()
    content.vmProvisioningChecker = vim.vm.check.ProvisioningChecker("ProvChecker")
    vcenter.on("RetrieveServiceContent", reply(soap.answer("RetrieveServiceContent", content)))
    vcenter.on("CheckRelocate_Task", reply(soap.answer("CheckRelocate_Task", vim.Task("task-3"))))
    policy = RelocationPolicy(check=use, check_s=check_s)
    return VCenterMigrator([open_session(vcenter.address())], policy=policy, sleep=lambda _: None)


def test_what_vcenter_says_of_a_move_is_kept_in_its_own_words(
    vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession
) -> None:
    migrator = checking(vcenter, open_session)
    result = vim.vm.check.Result(
        vm=vim.VirtualMachine("vm-1"),
        error=[vim.fault.CannotAccessLocalSource(msg="Kann nicht auf Gerät 'CD' zugreifen.")],
        warning=[vim.fault.SnapshotCopyNotSupported(msg="Snapshots.")],
    )
    ended(datacenter, **{"info.result": soap.array_of(vim.vm.check.Result, result)})
    found = migrator.check(make_move(to="host-2"))
    assert found == MoveCheck(
        errors=("Kann nicht auf Gerät 'CD' zugreifen. [CannotAccessLocalSource]",),
        warnings=("Snapshots. [SnapshotCopyNotSupported]",),
    )
    body = sent(vcenter, "CheckRelocate_Task")
    assert ">host-2</host>" in body, "the same spec is asked about that would be sent"
    assert vcenter.bodies("RelocateVM_Task") == []


def test_a_check_that_finds_nothing_says_nothing(
    vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession
) -> None:
    migrator = checking(vcenter, open_session)
    result = vim.vm.check.Result(vm=vim.VirtualMachine("vm-1"))
    ended(datacenter, **{"info.result": soap.array_of(vim.vm.check.Result, result)})
    assert migrator.check(make_move(to="host-2")) == MoveCheck()


def test_why_there_is_no_check_is_told(vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession) -> None:
    migrator = checking(vcenter, open_session)
    ended(datacenter, "running")
    assert migrator.check(make_move(to="host-2")).unavailable == "it did not end within 0 s"
    ended(datacenter, "error", **{"info.error": vmodl.fault.SystemError(msg="Broken.", reason="r")})
    assert migrator.check(make_move(to="host-2")).unavailable == "it failed itself: Broken. [SystemError]"
    missing = vim.fault.NoPermission(object=vim.VirtualMachine("vm-1"), privilegeId="Resource.QueryVMotion")
    vcenter.on("CheckRelocate_Task", refuse(soap.fault(missing, "no")))
    told = migrator.check(make_move(to="host-2"))
    assert told == MoveCheck(unavailable="the user lacks the privilege Resource.QueryVMotion")
    vcenter.on("CheckRelocate_Task", refuse(soap.fault(vmodl.fault.NotSupported(), "not here")))
    assert migrator.check(make_move(to="host-2")).unavailable == "not here [NotSupported]"


def test_a_policy_that_requires_the_check_refuses_a_move_without_it(
    vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession
) -> None:
    del datacenter
    migrator = checking(vcenter, open_session, CheckUse.REQUIRED)
    vcenter.on("CheckRelocate_Task", refuse(soap.fault(vmodl.fault.NotSupported(), "not here")))
    assert migrator.check(make_move(to="host-2")).errors == (
        "the policy requires vCenter's own check: not here [NotSupported]",
    )
    off = checking(vcenter, open_session, CheckUse.OFF)
    calls = len(vcenter.bodies("CheckRelocate_Task"))
    assert off.check(make_move(to="host-2")) == MoveCheck()
    assert len(vcenter.bodies("CheckRelocate_Task")) == calls
