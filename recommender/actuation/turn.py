"""A host's turn in a rolling maintenance, and which state it may go to from where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from recommender.inventory.reference import EntityRef


class TurnState(StrEnum):
    """waiting → emptying → ready → working → worked → leaving → back; failed and given_up end it."""

    WAITING = "waiting"  # its turn is to come
    EMPTYING = "emptying"  # a wave's plan empties it; after a crash: look whether it is in maintenance mode
    READY = "ready"  # in maintenance mode, nothing done to it yet; without a hook a person works and takes it back
    WORKING = "working"  # the hook was started; after a crash nobody knows how far it came
    WORKED = "worked"  # the work is done
    LEAVING = "leaving"  # it is about to be taken out of maintenance mode; after a crash: look
    BACK = "back"  # it takes VMs again
    FAILED = "failed"  # what was begun did not succeed: a person has to look
    GIVEN_UP = "given_up"  # it cannot be emptied, nothing was done to it


FORMER_TURNS: Final[Mapping[TurnState, tuple[TurnState, ...]]] = {
    TurnState.WAITING: (TurnState.EMPTYING, TurnState.FAILED),  # it was not emptied, or a person wants it tried again
    TurnState.EMPTYING: (TurnState.WAITING,),
    TurnState.READY: (TurnState.EMPTYING,),
    TurnState.WORKING: (TurnState.READY,),
    TurnState.WORKED: (TurnState.WORKING, TurnState.FAILED),  # of a failed one a person may say that it is done
    TurnState.LEAVING: (TurnState.WORKED,),
    TurnState.BACK: (TurnState.READY, TurnState.LEAVING),  # a person may have taken it back
    TurnState.FAILED: (TurnState.EMPTYING, TurnState.WORKING, TurnState.LEAVING),
    TurnState.GIVEN_UP: (TurnState.WAITING,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """``wave`` counts from 1, ``None`` before its turn has come; ``plan_id``: the plan that empties it.

    ``changed_at`` (aware UTC): when it came to its state, ``None`` while it waits for the first time.
    """

    host: EntityRef
    state: TurnState
    wave: int | None = None
    plan_id: str | None = None
    detail: str = ""
    changed_at: datetime | None = None
