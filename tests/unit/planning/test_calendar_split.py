"""Moves of VMs that have windows of their own are split over these; what fits none is left with the numbers."""

from datetime import datetime, timedelta

from recommender.constraints.registry import constraints_for
from recommender.inventory.reference import EntityRef
from recommender.planning.windows.calendar_split import CalendarSplit, MoveTimes, split_over_calendar
from tests.inventories import TAKEN_AT, ref
from tests.simulation.moves import a_move
from tests.unit.actuation.worlds import POLICY, three_hosts

HOUR = timedelta(hours=1)
OPENINGS = {"v1": TAKEN_AT + HOUR, "v2": TAKEN_AT + 5 * HOUR, "v3": TAKEN_AT + HOUR}


def split(length: timedelta = HOUR, **openings: datetime) -> CalendarSplit:
    opens = {ref(vm): at for vm, at in (OPENINGS | openings).items()}

    def open_until(vm: EntityRef, at: datetime) -> datetime | str | None:
        return opens[vm] + length if opens[vm] <= at < opens[vm] + length else f"opens at {opens[vm]:%H:%M}"

    def next_opening(vm: EntityRef, after: datetime) -> datetime | None:
        return opens[vm] if opens[vm] > after else None

    inventory = three_hosts()
    moves = [a_move(inventory, vm, "b") for vm in OPENINGS]
    times = MoveTimes(open_until=open_until, next_opening=next_opening)
    return split_over_calendar(inventory, POLICY, moves, constraints_for(POLICY), times, TAKEN_AT)


def test_each_move_is_in_its_own_window() -> None:
    told = split()
    assert told.left == ()
    vms = [sorted(step.move.vm.moid for step in dated.part.plan.steps) for dated in told.parts]
    assert vms == [["v1", "v3"], ["v2"]]
    first, second = told.parts
    assert (first.opens_at, first.closes_at) == (TAKEN_AT + HOUR, TAKEN_AT + 2 * HOUR)
    assert second.opens_at == TAKEN_AT + 5 * HOUR
    assert first.opens_at < first.last_start_at < first.closes_at
    assert all(dated.part.answer.fits for dated in told.parts)


def test_what_fits_no_window_is_left_with_the_numbers() -> None:
    told = split(timedelta(seconds=2))
    assert told.parts == ()
    assert {move.vm.moid for move, _ in told.left} == {"v1", "v2", "v3"}
    assert all("even the shortest migration takes" in reason for _, reason in told.left)


def test_a_vm_that_may_move_at_any_time_does_so_at_once() -> None:
    inventory = three_hosts()

    def never(_vm: EntityRef, _at: datetime) -> None:
        return None

    times = MoveTimes(open_until=never, next_opening=never)
    moves = [a_move(inventory, vm, "b") for vm in OPENINGS]
    told = split_over_calendar(inventory, POLICY, moves, constraints_for(POLICY), times, TAKEN_AT)
    assert [dated.opens_at for dated in told.parts] == [TAKEN_AT]
