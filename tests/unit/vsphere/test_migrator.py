"""What changes something is sent once, whatever happens to the answer, and each end has its own error."""

import re
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from recommender.errors import InventoryUnavailable, MigrationRefused, OutcomeUnknown
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.result import DiskMove, Move
from recommender.policy import VsanEvacuation
from recommender.ports import TaskRef, TaskState
from recommender.vsphere.relocation.migrator import VCenterMigrator
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.datacenter import Datacenter
from tests.unit.vsphere.fake_vcenter import (
    Behaviour,
    FakeVCenter,
    cut_short,
    fall_silent,
    hang_up,
    refuse,
    reply,
)
from tests.unit.vsphere.moves import make_move, ref

TASK = soap.answer("RelocateVM_Task", vim.Task("task-7"))
GONE = vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId="System.View")


@pytest.fixture
def datacenter(vcenter: FakeVCenter) -> Datacenter:
    datacenter = Datacenter()
    vcenter.on("RetrievePropertiesEx", datacenter)
    vcenter.on("RelocateVM_Task", reply(TASK))
    return datacenter


@pytest.fixture
def migrator(vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession) -> VCenterMigrator:
    del datacenter
    return VCenterMigrator([open_session(vcenter.address(timeout_ms=400))])


def test_a_move_is_one_relocation_that_carries_the_operation_id(
    vcenter: FakeVCenter, migrator: VCenterMigrator
) -> None:
    assert migrator.relocate(make_move(to="host-2"), "plan-1/step-3") == TaskRef("vc", "task-7")
    (sent,) = vcenter.bodies("RelocateVM_Task")
    assert "<operationID" in sent
    assert ">plan-1/step-3</operationID>" in sent
    assert "vm-1" in sent
    assert ">host-2</host>" in sent
    assert "<pool" not in sent
    assert "<datastore" not in sent
    assert ">defaultPriority</priority>" in sent
    assert not [body for method, body in vcenter.calls if "operationID" in body and method != "RelocateVM_Task"]


def test_a_mandatory_move_asks_for_high_priority(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:
    migrator.relocate(make_move(to="host-2", priority=1), "op")
    assert ">highPriority</priority>" in vcenter.bodies("RelocateVM_Task")[0]


def test_a_move_to_another_cluster_names_its_root_pool(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:
    migrator.relocate(make_move(to="host-3"), "op")
    assert ">resgroup-2</pool>" in vcenter.bodies("RelocateVM_Task")[0]


def test_a_template_is_in_no_pool_wherever_it_goes(
    vcenter: FakeVCenter, datacenter: Datacenter, migrator: VCenterMigrator
) -> None:
    del datacenter.objects["vm-1"]["resourcePool"]
    migrator.relocate(make_move(to="host-3"), "op")
    assert "<pool" not in vcenter.bodies("RelocateVM_Task")[0]


@pytest.mark.parametrize(("moved", "follows"), [((2000, 2001), True), ((2001,), False)], ids=["all", "one"])
def test_configuration_files_follow_when_every_disk_moves(
    vcenter: FakeVCenter, migrator: VCenterMigrator, *, moved: tuple[int, ...], follows: bool
) -> None:
    moves = tuple(DiskMove(disk_key=key, source=ref("ds-1"), destination=ref("ds-2")) for key in moved)
    migrator.relocate(make_move(to="host-2", disk_moves=moves), "op")
    (sent,) = vcenter.bodies("RelocateVM_Task")
    assert [int(key) for key in re.findall(r"<diskId>(\d+)</diskId>", sent)] == list(moved)
    home = re.search(r"<spec[^>]*>\s*<datastore[^>]*>ds-2</datastore>", sent)
    assert (home is not None) is follows


@pytest.mark.parametrize(
    "behaviour",
    [
        hang_up,
        fall_silent,
        cut_short(TASK),
        reply("<html>", 503),
        reply("<html>"),
        reply(soap.answer("RelocateVM_Task")),
    ],
    ids=["hang-up", "silence", "cut-short", "http-503", "no-soap", "no-task"],
)
def test_a_lost_answer_is_an_unknown_outcome_and_nothing_is_sent_again(
    vcenter: FakeVCenter, migrator: VCenterMigrator, behaviour: Behaviour
) -> None:
    vcenter.on("RelocateVM_Task", behaviour)
    with pytest.raises(OutcomeUnknown, match=r"RelocateVM_Task of vc/vm-1 to vc/host-2"):
        migrator.relocate(make_move(to="host-2"), "op")
    assert len(vcenter.bodies("RelocateVM_Task")) == 1


def test_an_idle_connection_that_the_server_closed_loses_no_relocation(
    vcenter: FakeVCenter, migrator: VCenterMigrator
) -> None:
    migrator.relocate(make_move(to="host-2"), "op-1")
    # A kept connection would fail here though nothing was done; each relocation has its own.
    assert migrator.relocate(make_move(to="host-2"), "op-2") == TaskRef("vc", "task-7")
    assert len(vcenter.bodies("RelocateVM_Task")) == 2


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (vim.fault.InvalidState(), MigrationRefused, r"vCenter refused: not now, please \[InvalidState\]$"),
        (
            vim.fault.TaskInProgress(task=vim.Task("task-1")),
            MigrationRefused,
            r"\[TaskInProgress\] \(try again later\)",
        ),
        (vim.fault.NoPermission(object=vim.Folder("f"), privilegeId="p"), MigrationRefused, "NoPermission"),
        (GONE, MigrationRefused, r"\[NotAuthenticated\] \(try again later\)"),
        (vmodl.fault.SystemError(reason="r"), OutcomeUnknown, r"failed while working on it: not now, please"),
    ],
    ids=["invalid-state", "task-in-progress", "no-permission", "session-gone", "system-error"],
)
def test_a_fault_is_told_in_vcenters_own_words(
    vcenter: FakeVCenter, migrator: VCenterMigrator, fault: Any, error: type[Exception], message: str
) -> None:
    vcenter.on("RelocateVM_Task", refuse(soap.fault(fault, "not now, please")))
    with pytest.raises(error, match=message):
        migrator.relocate(make_move(to="host-2"), "op")
    assert len(vcenter.bodies("RelocateVM_Task")) == 1


def test_a_session_that_is_gone_is_renewed_by_the_reading_before(
    vcenter: FakeVCenter, migrator: VCenterMigrator, datacenter: Datacenter
) -> None:
    migrator.place_of(ref("vm-1"))
    vcenter.on("RetrievePropertiesEx", refuse(soap.fault(GONE, "gone")), datacenter)
    assert migrator.relocate(make_move(to="host-2"), "op") == TaskRef("vc", "task-7")
    assert len(vcenter.bodies("RelocateVM_Task")) == 1
    assert len(vcenter.bodies("Login")) == 2


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (make_move(to="host-8"), "host vc/host-8 is gone; nothing was sent"),
        (make_move(vm="vm-8", to="host-2"), "vc/vm-8 is gone; nothing was sent"),
        (make_move(destination=EntityRef("elsewhere", "host-2")), "nothing was sent: no vCenter is called 'elsewhere'"),
        (
            make_move(vm=EntityRef("nowhere", "vm-1"), destination=EntityRef("nowhere", "host-2")),
            "no vCenter is called",
        ),
    ],
    ids=["host-gone", "vm-gone", "other-vcenter", "unknown-vcenter"],
)
def test_what_cannot_be_asked_for_is_not_sent(
    vcenter: FakeVCenter, migrator: VCenterMigrator, move: Move, message: str
) -> None:
    with pytest.raises(MigrationRefused, match=message):
        migrator.relocate(move, "op")
    assert vcenter.bodies("RelocateVM_Task") == []


def test_nothing_is_sent_while_vcenter_cannot_be_reached(open_session: OpenSession) -> None:
    with FakeVCenter().running() as vcenter:
        vcenter.on("RetrievePropertiesEx", Datacenter())
        migrator = VCenterMigrator([open_session(vcenter.address())])
        migrator.place_of(ref("vm-1"))
    with pytest.raises(MigrationRefused, match=r"nothing was sent: .*refused"):
        migrator.relocate(make_move(to="host-2"), "op")
    with pytest.raises(MigrationRefused, match=r"nothing was sent: .*refused"):
        migrator.enter_maintenance(ref("host-1"), "op")
    with pytest.raises(InventoryUnavailable):
        migrator.task(TaskRef("vc", "task-7"))


def test_maintenance_mode_is_entered_without_time_out_or_evacuation_by_vcenter(
    vcenter: FakeVCenter, migrator: VCenterMigrator
) -> None:
    vcenter.on("EnterMaintenanceMode_Task", reply(soap.answer("EnterMaintenanceMode_Task", vim.Task("task-8"))))
    assert migrator.enter_maintenance(ref("host-1"), "op-9") == TaskRef("vc", "task-8")
    (sent,) = vcenter.bodies("EnterMaintenanceMode_Task")
    assert ">0</timeout>" in sent
    assert ">false</evacuatePoweredOffVms>" in sent
    assert ">op-9</operationID>" in sent


@pytest.mark.parametrize("vsan", list(VsanEvacuation))
def test_a_host_of_vsan_is_told_what_becomes_of_its_data(
    vcenter: FakeVCenter, migrator: VCenterMigrator, vsan: VsanEvacuation
) -> None:
    vcenter.on("EnterMaintenanceMode_Task", reply(soap.answer("EnterMaintenanceMode_Task", vim.Task("task-8"))))
    migrator.enter_maintenance(ref("host-1"), "op-9", vsan)
    (sent,) = vcenter.bodies("EnterMaintenanceMode_Task")
    assert f">{vsan.value}</objectAction>" in sent


def test_the_place_of_a_vm_is_read_anew_each_time(datacenter: Datacenter, migrator: VCenterMigrator) -> None:
    place = migrator.place_of(ref("vm-1"))
    assert place is not None
    assert (place.host, place.instance_uuid, place.power_state) == (ref("host-1"), "uuid-web", PowerState.POWERED_ON)
    assert place.disk_datastores == ((2000, ref("ds-1")), (2001, ref("ds-1")))
    datacenter.objects["vm-1"]["runtime.host"] = vim.HostSystem("host-2")
    moved = migrator.place_of(ref("vm-1"))
    assert moved is not None
    assert moved.host == ref("host-2")
    assert migrator.place_of(ref("vm-8")) is None
    del datacenter.objects["vm-1"]["runtime.host"]
    with pytest.raises(InventoryUnavailable, match=r"runtime\.host of VirtualMachine 'web'"):
        migrator.place_of(ref("vm-1"))


def test_a_task_that_vcenter_has_forgotten_is_none(datacenter: Datacenter, migrator: VCenterMigrator) -> None:
    assert migrator.task(TaskRef("vc", "task-7")) is None
    datacenter.objects["task-7"] = {
        "info.entity": vim.VirtualMachine("vm-1"),
        "info.descriptionId": "VirtualMachine.relocate",
        "info.state": vim.TaskInfo.State.running,
        "info.progress": 41,
    }
    status = migrator.task(TaskRef("vc", "task-7"))
    assert status is not None
    assert (status.state, status.progress_percent, status.entity) == (TaskState.RUNNING, 41, ref("vm-1"))


def test_a_task_that_has_ended_needs_no_cancel(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:
    migrator.cancel(TaskRef("vc", "task-7"))
    vcenter.on("CancelTask", refuse(soap.fault(vim.fault.InvalidState(), "ended")))
    migrator.cancel(TaskRef("vc", "task-7"))
    vcenter.on("CancelTask", refuse(soap.fault(vmodl.fault.NotSupported(), "cannot")))
    with pytest.raises(MigrationRefused, match=r"cancelling vc/task-7: vCenter refused: cannot"):
        migrator.cancel(TaskRef("vc", "task-7"))
    assert len(vcenter.bodies("CancelTask")) == 3
