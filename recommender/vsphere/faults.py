"""What vCenter's faults mean for us: refused, to be tried later, or unknown; its own words are kept."""

from enum import StrEnum

from pyVmomi import vim, vmodl

from recommender.errors import ActuationError, MigrationRefused, OutcomeUnknown


class FaultKind(StrEnum):
    """What to do after a fault that answered a call."""

    REFUSED = "refused"  # it will say no again
    RETRY_LATER = "retry_later"  # no for the moment
    UNKNOWN = "unknown"  # an inner failure: it may have begun


# More special kinds first: the first that matches counts. A fault that answers the call itself means that no task was
# made, except where vCenter or what stands between says that it broke while working.
_KINDS: tuple[tuple[type[vmodl.MethodFault], FaultKind], ...] = (
    (vim.fault.TaskInProgress, FaultKind.RETRY_LATER),
    (vim.fault.ResourceInUse, FaultKind.RETRY_LATER),
    (vim.fault.ConcurrentAccess, FaultKind.RETRY_LATER),
    (vim.fault.NotAuthenticated, FaultKind.RETRY_LATER),
    (vim.fault.Timedout, FaultKind.UNKNOWN),
    (vmodl.fault.HostCommunication, FaultKind.UNKNOWN),
    (vmodl.fault.RequestCanceled, FaultKind.UNKNOWN),
    (vmodl.fault.SystemError, FaultKind.UNKNOWN),
)


def kind_of(fault: vmodl.MethodFault) -> FaultKind:
    """What a fault means that answered a call which starts something."""
    if type(fault) in (vmodl.MethodFault, vmodl.RuntimeFault):
        return FaultKind.UNKNOWN  # it says nothing of what happened
    return next((kind for base, kind in _KINDS if isinstance(fault, base)), FaultKind.REFUSED)


def error_for(fault: vmodl.MethodFault, what: str) -> ActuationError:
    """The error of ours for a fault that answered the call ``what``."""
    kind = kind_of(fault)
    if kind is FaultKind.UNKNOWN:
        return OutcomeUnknown(f"{what}: vCenter failed while working on it: {message_of(fault)}")
    hint = " (try again later)" if kind is FaultKind.RETRY_LATER else ""
    return MigrationRefused(f"{what}: vCenter refused: {message_of(fault)}{hint}")


def message_of(fault: vmodl.MethodFault) -> str:
    """vCenter's localized message, with the reasons it lists and the kind of the fault."""
    name = type(fault).__name__.rsplit(".", maxsplit=1)[-1]
    details = [message.message for message in fault.faultMessage or () if message.message]
    # ``msg`` is put there by pyVmomi's own reading of the answer.
    words = [text.strip() for text in (getattr(fault, "msg", None), *details) if text and text.strip()]
    return f"{' '.join(dict.fromkeys(words))} [{name}]" if words else name
