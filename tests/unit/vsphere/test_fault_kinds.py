"""Every kind of fault that the API declares for what is called means one thing; vCenter's own words are kept."""

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from recommender.errors import MigrationRefused, OutcomeUnknown
from recommender.vsphere.faults import FaultKind, error_for, kind_of, kind_of_end, told_end

REFUSED, FAILED, LATER, UNKNOWN = FaultKind.REFUSED, FaultKind.FAILED, FaultKind.RETRY_LATER, FaultKind.UNKNOWN
# As the answer of the call, and as the end of its task.
MEANING: dict[Any, tuple[FaultKind, FaultKind]] = {
    vim.fault.TaskInProgress: (LATER, LATER),
    vim.fault.VAppTaskInProgress: (LATER, LATER),
    vim.fault.ResourceInUse: (LATER, LATER),
    vim.fault.ConcurrentAccess: (LATER, LATER),
    vim.fault.FileLocked: (LATER, LATER),
    vim.fault.InsufficientStorageSpace: (LATER, LATER),
    vim.fault.InsufficientMemoryResourcesFault: (LATER, LATER),
    vim.fault.InsufficientFailoverResourcesFault: (LATER, LATER),
    vim.fault.MethodDisabled: (LATER, LATER),
    vim.fault.NotAuthenticated: (LATER, LATER),
    vim.fault.QuestionPending: (LATER, LATER),
    vmodl.fault.HostNotConnected: (LATER, LATER),
    vim.fault.Timedout: (UNKNOWN, FAILED),
    vmodl.fault.HostCommunication: (UNKNOWN, FAILED),
    vmodl.fault.HostNotReachable: (UNKNOWN, FAILED),
    vmodl.fault.RequestCanceled: (UNKNOWN, FAILED),
    vmodl.fault.SystemError: (UNKNOWN, FAILED),
    vmodl.MethodFault: (UNKNOWN, FAILED),
    vmodl.RuntimeFault: (UNKNOWN, FAILED),
    vim.fault.NoPermission: (REFUSED, FAILED),
    vim.fault.InvalidState: (REFUSED, FAILED),
    vim.fault.InvalidPowerState: (REFUSED, FAILED),
    vim.fault.InvalidHostState: (REFUSED, FAILED),
    vim.fault.InvalidDatastore: (REFUSED, FAILED),
    vim.fault.MigrationFault: (REFUSED, FAILED),
    vim.fault.FileFault: (REFUSED, FAILED),
    vim.fault.InsufficientResourcesFault: (LATER, LATER),
    vim.fault.DatastoreNotWritableOnHost: (REFUSED, FAILED),
    vim.fault.NoDiskSpace: (REFUSED, FAILED),
    vim.fault.VMotionInterfaceIssue: (REFUSED, FAILED),
    vim.fault.SnapshotCopyNotSupported: (REFUSED, FAILED),
    vim.fault.DisallowedMigrationDeviceAttached: (REFUSED, FAILED),
    vim.fault.CpuIncompatible: (REFUSED, FAILED),
    vim.fault.FeatureRequirementsNotMet: (REFUSED, FAILED),
    vim.fault.CannotAccessNetwork: (REFUSED, FAILED),
    vim.fault.VmConfigFault: (REFUSED, FAILED),
    vim.fault.NetworkCopyFault: (REFUSED, FAILED),
    vim.fault.SSLVerifyFault: (REFUSED, FAILED),
    vim.fault.InvalidLogin: (REFUSED, FAILED),
    vim.fault.LicenseExpired: (REFUSED, FAILED),
    vim.fault.RestrictedVersion: (REFUSED, FAILED),
    vim.fault.OperationDisallowedOnHost: (REFUSED, FAILED),
    vmodl.fault.NotEnoughLicenses: (REFUSED, FAILED),
    vmodl.fault.ManagedObjectNotFound: (REFUSED, FAILED),
    vmodl.fault.NotSupported: (REFUSED, FAILED),
    vmodl.fault.InvalidArgument: (REFUSED, FAILED),
    vmodl.fault.InvalidRequest: (REFUSED, FAILED),
}
NAMES = [getattr(kind, "_wsdlName", str(kind)) for kind in MEANING]


@pytest.mark.parametrize("kind", MEANING, ids=NAMES)
def test_a_fault_means_one_thing_at_the_call_and_one_at_the_end(kind: Any) -> None:
    fault, (at_call, at_end) = kind(msg="Nicht möglich."), MEANING[kind]
    assert (kind_of(fault), kind_of_end(fault)) == (at_call, at_end)
    error = error_for(fault, "RelocateVM_Task of vc/vm-1")
    assert isinstance(error, OutcomeUnknown if at_call is UNKNOWN else MigrationRefused)
    for told, meaning in ((str(error), at_call), (told_end(fault), at_end)):
        assert "Nicht möglich." in told
        assert f"[{kind.__name__.rsplit('.', maxsplit=1)[-1]}]" in told
        assert ("(try again later)" in told) is (meaning is LATER)


def test_what_the_api_declares_for_a_relocation_is_in_the_table() -> None:
    declared = set(vim.VirtualMachine.Relocate.info.faults)  # type: ignore[attr-defined]  # pyVmomi's own description
    assert declared
    assert declared <= {kind.__name__ for kind in MEANING}
