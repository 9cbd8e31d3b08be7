"""vCenter's own check of a relocation (CheckRelocate_Task), asked before it is sent; changes nothing."""

from collections.abc import Callable
from typing import Any, Final

from pyVmomi import vim, vmodl

from recommender.planning.move_check import MoveCheck
from recommender.ports import TaskState
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import Facts
from recommender.vsphere.faults import message_of
from recommender.vsphere.session.session import Service

CHECK: Final = "CheckRelocate_Task"
FIRST_POLL_S: Final = 0.02  # other migrations wait for the answer
LONGEST_POLL_S: Final = 0.5
RESULT_PATHS: Final = ("info.state", "info.error", "info.result")


def check_relocate(
    service: Service,
    vm: Any,
    spec: Any,
    *,
    patience_s: float,
    sleep: Callable[[float], None],
) -> MoveCheck:
    """What vCenter says of ``spec`` for ``vm``; where it says nothing, why not (``MoveCheck.unavailable``)."""
    checker = service.provisioning_checker
    if checker is None:
        return MoveCheck(unavailable="this vCenter offers none")
    try:
        facts = _ended(service, checker.CheckRelocate(vm, spec, []), patience_s, sleep)
    except vim.fault.NotAuthenticated:
        raise  # the session is renewed and all of it asked anew
    except vim.fault.NoPermission as fault:
        return MoveCheck(unavailable=f"the user lacks the privilege {fault.privilegeId or '(unnamed)'}")
    except vmodl.MethodFault as fault:
        return MoveCheck(unavailable=message_of(fault))
    state = facts.choice("info.state", TaskState) if facts else None
    if facts is None or state is not TaskState.SUCCESS:
        error = facts.get("info.error") if facts else None
        told = f"it failed itself: {message_of(error)}" if error else f"it did not end within {patience_s:.0f} s"
        return MoveCheck(unavailable=told)
    results = facts.get("info.result") or ()
    return MoveCheck(
        errors=_messages(fault for result in results for fault in result.error or ()),
        warnings=_messages(fault for result in results for fault in result.warning or ()),
    )


def _ended(service: Service, task: Any, patience_s: float, sleep: Callable[[float], None]) -> Facts | None:
    """What the task tells once it has ended, or when patience is over; ``None`` for one that was forgotten."""
    waited_s, pause_s = 0.0, FIRST_POLL_S
    while True:
        facts = read_object(service, task, RESULT_PATHS)
        has_ended = facts is None or facts.choice("info.state", TaskState) in (TaskState.SUCCESS, TaskState.ERROR)
        if has_ended or waited_s >= patience_s:
            return facts
        sleep(pause_s)
        waited_s, pause_s = waited_s + pause_s, min(LONGEST_POLL_S, 2 * pause_s)


def _messages(faults: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(message_of(fault) for fault in faults))
