"""The rest of a plan is timed anew: later when something is late, shorter when something is lost, what runs is kept."""

from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan
from recommender.planning.replan import Progress, Rest, rest_of
from recommender.planning.transfers.transfer import median_transfer
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import POLICY, move, planned, step_of

GIB = 1024


def chain() -> tuple[Inventory, Plan]:
    """``second`` needs the room that ``first`` leaves; ``free`` has nothing to do with them."""
    hosts = [make_host("a"), make_host("b", memory_mib=20 * GIB), make_host("c"), make_host("d")]
    vms = [
        make_vm("first", "b", memory=16 * GIB),
        make_vm("second", "a", memory=8 * GIB),
        make_vm("free", "c", memory=GIB),
    ]
    inventory = make_inventory(hosts, vms)
    moves = [
        move(inventory, "first", "c", seconds=100),
        move(inventory, "second", "b", seconds=50),
        move(inventory, "free", "d", seconds=30),
    ]
    return inventory, planned(inventory, moves)


def rest(inventory: Inventory, plan: Plan, progress: Progress) -> Rest:
    return rest_of(plan, [median_transfer(inventory, POLICY, step.move) for step in plan.steps], progress)


def times(told: Rest) -> dict[str, tuple[float, float]]:
    return {step.move.vm.moid: (round(step.start_s, 3), round(step.end_s, 3)) for step in told.steps}


def test_with_nothing_done_the_rest_is_the_plan() -> None:
    inventory, plan = chain()
    told = rest(inventory, plan, Progress(now_s=0.0))
    assert told.steps == plan.steps
    assert told.finish_s == plan.makespan_s == 150.0


def test_what_is_late_makes_all_that_wait_for_it_late_and_nothing_else() -> None:
    inventory, plan = chain()
    first, free = step_of(plan, "first").number, step_of(plan, "free").number
    told = rest(inventory, plan, Progress(now_s=130.0, done=(first,), running={free: 110.0}))
    assert times(told) == {"free": (110.0, 140.0), "second": (130.0, 180.0)}


def test_one_that_should_be_over_is_taken_to_be_nearly_so() -> None:
    inventory, plan = chain()
    first, free = step_of(plan, "first").number, step_of(plan, "free").number
    told = rest(inventory, plan, Progress(now_s=120.0, done=(free,), running={first: 0.0}))
    assert times(told)["first"] == (0.0, 122.0)
    assert told.finish_s == 172.0


def test_who_needed_the_room_of_one_that_failed_is_lost_with_it() -> None:
    inventory, plan = chain()
    first, second, free = (step_of(plan, name).number for name in ("first", "second", "free"))
    told = rest(inventory, plan, Progress(now_s=20.0, gone=(first,), running={free: 0.0}))
    assert told.lost == (second,)
    assert times(told) == {"free": (0.0, 30.0)}
