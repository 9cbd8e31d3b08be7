"""What the inventory tells may come late, or not be the whole truth about what we have just sent."""

from dataclasses import replace
from datetime import timedelta

from recommender.inventory.inventory import Inventory
from recommender.ports import StepState
from recommender.simulation.clock import MONDAY_MORNING
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.actuation.worlds import World, a_plan, a_step, detail, states, three_hosts


class Source:
    """The world's inventory, without the migrations under way where ``hides`` says so, after ``takes_s``."""

    def __init__(self, world: World, *, hides: bool = False, takes_s: float = 0.0) -> None:
        self.world, self.hides, self.takes_s = world, hides, takes_s

    def read(self) -> Inventory:
        self.world.clock.sleep(self.takes_s)
        inventory = self.world.datacenter.read()
        return replace(inventory, in_flight=()) if self.hides else inventory


def test_what_we_sent_holds_its_room_before_vcenter_tells_of_it() -> None:
    hosts = [make_host("a"), make_host("b", memory_mib=16_384)]
    vms = [make_vm(name, "a", memory=8192) for name in ("v1", "v2")]
    world = World(make_inventory(hosts, vms))
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b"))
    results = world.run(plan, inventory_source=Source(world, hides=True))
    assert states(results) == {1: StepState.DONE, 2: StepState.SKIPPED}
    assert detail(results, 2).startswith("memory_capacity: ")
    assert world.sent == ["v1"]


def test_a_window_that_ends_while_the_inventory_is_read_is_over() -> None:
    world = World(three_hosts())
    results = world.run(
        a_plan(a_step(world.inventory, 1, "v1", "b")),
        inventory_source=Source(world, takes_s=15.0),
        deadline=MONDAY_MORNING + timedelta(seconds=30),
    )
    assert "the window ends at 2026-01-05 09:00:30 UTC" in detail(results, 1)
    assert world.sent == []


def test_a_stop_that_comes_while_the_inventory_is_read_is_obeyed() -> None:
    world = World(three_hosts())
    results = world.run(
        a_plan(a_step(world.inventory, 1, "v1", "b")),
        inventory_source=Source(world, takes_s=15.0),
        stop=lambda: world.clock.monotonic() > 10.0,
    )
    assert detail(results, 1) == "stop was asked for"
    assert world.sent == []
