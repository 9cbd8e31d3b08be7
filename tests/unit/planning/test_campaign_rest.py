"""What waits of a campaign goes into the windows to come: what is behind first, nothing before its time."""

from itertools import repeat

from recommender.planning.windows.campaign_rest import (
    BatchWindow,
    CampaignRest,
    Piece,
    PlannedBatch,
    rest_of_campaign,
)
from tests.inventories import ref

HOUR = 3600.0


def batch(names: str, hours: float = 4.0, p95: float = 5.0) -> PlannedBatch:
    """Each of ``names`` is an application of one VM."""
    pieces = tuple(Piece(vms=(ref(name),), shares=(1 / len(names),)) for name in names)
    return PlannedBatch(pieces=pieces, takes_s=hours * HOUR, p95_s=p95 * HOUR)


PLANNED = (batch("abcd"), batch("efgh"), batch("ij", 2.0, 2.5))


def rest(
    waiting: str, *, begun: int = 1, room: float = 5.0, planned: tuple[PlannedBatch, ...] = PLANNED
) -> CampaignRest:
    windows = [BatchWindow(opens_at=None, room_s=room * HOUR)]
    later = repeat(BatchWindow(opens_at=None, room_s=5 * HOUR), 20)
    return rest_of_campaign(planned, {ref(name) for name in waiting}, [*windows, *later], begun=begun)


def test_when_it_begins_each_window_holds_what_was_planned_for_it() -> None:
    whole = rest("abcdefghij")
    assert [(one.number, one.takes_s / HOUR) for one in whole.windows] == [(0, 4.0), (1, 4.0), (2, 2.0)]
    assert whole.takes_s == 10 * HOUR


def test_what_was_left_behind_goes_first_and_the_last_window_has_room_for_it() -> None:
    late = rest("cdefghij", begun=2)
    assert [one.takes_s / HOUR for one in late.windows] == [4.0, 4.0]


def test_a_window_takes_nothing_that_was_planned_for_a_later_one() -> None:
    early = rest("efghij", begun=1, room=2.5)
    assert [one.number for one in early.windows] == [1, 2]


def test_so_much_behind_that_one_more_window_is_needed() -> None:
    late = rest("abcdefghij", begun=2)
    assert [one.number for one in late.windows] == [0, 1, 2]
    full = (batch("abcd"), batch("efgh"))
    assert [one.number for one in rest("bcdefgh", begun=2, planned=full).windows] == [0, 1]


def test_an_application_that_no_window_holds_is_told_and_ends_the_looking() -> None:
    huge = (PlannedBatch(pieces=(Piece(vms=(ref("z"),), shares=(1.0,)),), takes_s=6 * HOUR, p95_s=7 * HOUR),)
    windows = repeat(BatchWindow(opens_at=None, room_s=5 * HOUR))  # without an end
    found = rest_of_campaign(huge, {ref("z")}, windows, begun=1)
    assert (found.windows, found.held_by_none_s) == ((), 7 * HOUR)


def test_where_nothing_waits_no_window_is_needed() -> None:
    assert rest("") == CampaignRest(windows=(), takes_s=0, held_by_none_s=0.0)
