"""Which state a step may go to, and from where."""

from collections.abc import Mapping
from typing import Final

from recommender.ports import StepState

OPEN: Final = (StepState.INTENT, StepState.SUBMITTED, StepState.UNKNOWN)

# Looking may settle an intent as not sent (skipped), and find a task for what was unknown.
FORMER_STATES: Final[Mapping[StepState, tuple[StepState, ...]]] = {
    StepState.PENDING: (),
    StepState.INTENT: (StepState.PENDING,),
    StepState.SUBMITTED: (StepState.INTENT, StepState.UNKNOWN),
    StepState.DONE: OPEN,
    StepState.FAILED: OPEN,
    StepState.SKIPPED: (StepState.PENDING, StepState.INTENT, StepState.UNKNOWN),
    StepState.UNKNOWN: OPEN,
}

OUTCOMES: Final = frozenset({StepState.DONE, StepState.FAILED, StepState.SKIPPED, StepState.UNKNOWN})
ENDS: Final = OUTCOMES - {StepState.UNKNOWN}
