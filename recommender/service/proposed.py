"""What waves and batches have in common that are proposed one by one: how long they stand, and that they wait."""

from datetime import timedelta
from typing import Final

from recommender.service.approval import AwaitsApproval
from recommender.service.rolling.host_work import Stopped

STANDS: Final = timedelta(days=8)  # so that what is proposed in one weekly window can be carried out in the next
LATE_SHARE: Final = 0.1  # of a window is left free, so that what is approved still fits where it begins a little late …
LATE_S: Final = 15 * 60.0  # … but no more than this


def room_s(window_s: float) -> float:
    """For how long of a window is decided what has to be approved first."""
    return window_s - min(LATE_S, LATE_SHARE * window_s)


def waits(number: str) -> Stopped:
    """Why nothing of this plan is begun yet."""
    return Stopped(reason=str(AwaitsApproval(number)), may_go_on=True, is_waiting=True, wants_approval=True)
