"""The name under which a call is sent, so that its task can be recognised when the answer is lost."""

from recommender.inventory.reference import EntityRef

PREFIX = "recommender-"
PLAN_DIGITS = 16  # of the plan's SHA-256: enough to tell plans apart, short enough to be read in vCenter's task list


def step_operation_id(plan_id: str, number: int) -> str:
    """The one operation id of a step: a step is sent at most once, so it needs no other."""
    return f"{PREFIX}{plan_id[:PLAN_DIGITS]}-{number}"


def leaving_operation_id(campaign_id: str, host: EntityRef) -> str:
    """The one operation id of taking ``host`` out of maintenance mode in a rolling maintenance."""
    return f"{PREFIX}{campaign_id[:PLAN_DIGITS]}-leaving-{host.moid}"


def is_of_a_step(operation_id: str | None) -> bool:
    """Whether a task's operation id is one that this product gives."""
    return operation_id is not None and operation_id.startswith(PREFIX)


def maintenance_operation_id(plan_id: str, host: EntityRef) -> str:
    """The one operation id of bringing ``host`` into maintenance mode after a plan."""
    return f"{PREFIX}{plan_id[:PLAN_DIGITS]}-maintenance-{host.moid}"
