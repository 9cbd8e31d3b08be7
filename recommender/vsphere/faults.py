"""What vCenter's faults mean for us: refused, failed, to be tried later, or unknown; its own words are kept.

A fault either answers a call that starts something, or ends the task that was started. Which kinds a real vCenter uses
where was not verified; what is not known here is taken as a refusal of the call, and as the failure of a task.
"""

from enum import StrEnum
from typing import Final

from pyVmomi import vim, vmodl

from recommender.errors import ActuationError, MigrationRefused, OutcomeUnknown

LATER: Final = " (try again later)"


class FaultKind(StrEnum):
    """What to do after a fault."""

    REFUSED = "refused"  # nothing was started, and it will say no again
    FAILED = "failed"  # the task has ended without having done it
    RETRY_LATER = "retry_later"  # no for the moment
    UNKNOWN = "unknown"  # an inner failure: it may have begun


# No for the moment: something else is at work, holds the VM, or takes the room.
_PASSING: Final[tuple[type[vmodl.MethodFault], ...]] = (
    vim.fault.TaskInProgress,
    vim.fault.ResourceInUse,
    vim.fault.ConcurrentAccess,
    vim.fault.FileLocked,
    vim.fault.InsufficientResourcesFault,
    vim.fault.MethodDisabled,  # a backup or a replication holds it
    vim.fault.NotAuthenticated,
    vim.fault.QuestionPending,  # a person has to answer the guest's question first
    vmodl.fault.HostNotConnected,
)
# vCenter or what stands between says that it broke while working: a call that they answer may have begun.
_BROKEN: Final[tuple[type[vmodl.MethodFault], ...]] = (
    vim.fault.Timedout,
    vmodl.fault.HostCommunication,
    vmodl.fault.RequestCanceled,
    vmodl.fault.SystemError,
)
_SAYS_NOTHING: Final = (vmodl.MethodFault, vmodl.RuntimeFault)  # the bare kinds, of what happened


def kind_of(fault: vmodl.MethodFault) -> FaultKind:
    """What a fault means that answered a call which starts something."""
    if isinstance(fault, _PASSING):
        return FaultKind.RETRY_LATER
    if type(fault) in _SAYS_NOTHING or isinstance(fault, _BROKEN):
        return FaultKind.UNKNOWN
    return FaultKind.REFUSED


def kind_of_end(fault: vmodl.MethodFault) -> FaultKind:
    """What a fault means with which a task has ended: where the VM is, is looked at all the same."""
    return FaultKind.RETRY_LATER if isinstance(fault, _PASSING) else FaultKind.FAILED


def told_end(fault: vmodl.MethodFault) -> str:
    """The words for a fault with which a task has ended."""
    return message_of(fault) + (LATER if kind_of_end(fault) is FaultKind.RETRY_LATER else "")


def error_for(fault: vmodl.MethodFault, what: str) -> ActuationError:
    """The error of ours for a fault that answered the call ``what``."""
    kind = kind_of(fault)
    if kind is FaultKind.UNKNOWN:
        return OutcomeUnknown(f"{what}: vCenter failed while working on it: {message_of(fault)}")
    passes = kind is FaultKind.RETRY_LATER
    hint = LATER if passes else ""
    return MigrationRefused(f"{what}: vCenter refused: {message_of(fault)}{hint}", passes=passes)


def message_of(fault: vmodl.MethodFault) -> str:
    """vCenter's localized message, with the reasons it lists and the kind of the fault."""
    name = type(fault).__name__.rsplit(".", maxsplit=1)[-1]
    details = [message.message for message in fault.faultMessage or () if message.message]
    # ``msg`` is put there by pyVmomi's own reading of the answer.
    words = [text.strip() for text in (getattr(fault, "msg", None), *details) if text and text.strip()]
    return f"{' '.join(dict.fromkeys(words))} [{name}]" if words else name
