"""Named moments at which a test may end, freeze or delay the process; nothing happens at them otherwise.

The names stand where one durable act ends and the next has not begun: there a crash leaves the journal and vCenter
apart. ``service/armed_failpoint.py`` arms one from the environment, the rehearsal all of them from a seed. An unarmed
failpoint costs one call and one comparison.
"""

from collections.abc import Callable
from enum import StrEnum


class Failpoint(StrEnum):
    """Where, in the order of one plan's life."""

    AFTER_CLAIM = "after_claim"  # an occurrence is ours, its plan is not written
    AFTER_BEGIN = "after_begin"  # the plan is claimed, its steps are not written
    AFTER_STEPS = "after_steps"  # all steps are written as pending
    AFTER_INTENT = "after_intent"  # nothing is sent yet, and nobody else can know that
    BEFORE_SUBMIT = "before_submit"  # the lease was looked at for the last time
    AFTER_SUBMIT = "after_submit"  # vCenter has the call, the journal does not know its task
    AFTER_TASK = "after_task"  # the task is in the journal
    BEFORE_OUTCOME = "before_outcome"  # it has ended, the journal does not know
    AFTER_OUTCOME = "after_outcome"
    AFTER_HOST_INTENT = "after_host_intent"  # the same of a host's maintenance mode
    AFTER_HOST_SUBMIT = "after_host_submit"
    AFTER_HOST_TASK = "after_host_task"
    BEFORE_HOST_OUTCOME = "before_host_outcome"
    AFTER_LEAVE_INTENT = "after_leave_intent"  # the same of its way out of maintenance mode
    AFTER_LEAVE_SUBMIT = "after_leave_submit"
    BEFORE_LEAVE_OUTCOME = "before_leave_outcome"
    AFTER_SETTINGS_INTENT = "after_settings_intent"  # a VM's settings are about to be made in its new cluster
    AFTER_SETTINGS_SUBMIT = "after_settings_submit"
    BEFORE_END = "before_end"  # everything of the plan is over, the plan is not ended
    IN_RECOVERY = "in_recovery"  # an open step is settled, the journal does not know
    IN_HOST_RECOVERY = "in_host_recovery"


_armed: Callable[[Failpoint], None] | None = None


def reach(point: Failpoint) -> None:
    """The process is at ``point`` now."""
    if _armed is not None:
        _armed(point)


def arm(action: Callable[[Failpoint], None] | None) -> None:
    """Have ``action`` called at every failpoint of this process from now on; ``None`` for nothing."""
    global _armed  # noqa: PLW0603  # one process, one action: a port of its own would reach through every call
    _armed = action
