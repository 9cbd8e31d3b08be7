"""The simulated data centre carries out what it is asked, on its own time."""

from datetime import timedelta

import pytest

from recommender.errors import MigrationRefused
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import VmLoad
from recommender.inventory.virtual_machine import PowerState, VirtualMachine
from recommender.ports import Clock, InventorySource, Migrator, TaskRef, TaskState, TaskStatus
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.simulation.moves import a_move


class World:
    """A data centre with its clock and a word or two to drive it by."""

    def __init__(self, hosts: list[Host], vms: list[VirtualMachine], **changes: object) -> None:
        self.inventory: Inventory = make_inventory(hosts, vms, **changes)
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(self.inventory, self.clock)

    def relocate(self, vm: str, to: str, *, datastore: str | None = None) -> TaskRef:
        return self.datacenter.relocate(a_move(self.inventory, vm, to, datastore=datastore), f"op-{vm}")

    def task(self, task: TaskRef) -> TaskStatus:
        status = self.datacenter.task(task)
        assert status is not None
        return status

    def host_of(self, vm: str) -> str:
        place = self.datacenter.place_of(ref(vm))
        assert place is not None
        return place.host.moid

    def ended(self, *tasks: TaskRef) -> list[TaskStatus]:
        while not all(self.task(task).has_ended for task in tasks):
            self.clock.sleep(1.0)
        return [self.task(task) for task in tasks]


def seconds(status: TaskStatus) -> float:
    assert status.started_at is not None
    assert status.ended_at is not None
    return (status.ended_at - status.started_at).total_seconds()


def test_it_stands_behind_the_ports() -> None:
    clock: Clock = SimulatedClock()
    assert isinstance(clock, SimulatedClock)
    datacenter = SimulatedDataCenter(make_inventory([make_host("a")], []), clock)
    source: InventorySource = datacenter
    migrator: Migrator = datacenter
    assert source.read().taken_at == clock.now()
    assert migrator.place_of(ref("nobody")) is None


def test_a_running_vm_arrives_after_its_memory_was_sent() -> None:
    world = World([make_host("a"), make_host("b")], [make_vm("v", "a", memory=16_384)])
    task = world.relocate("v", "b")
    world.clock.sleep(3.0)
    assert world.task(task).state is TaskState.RUNNING
    assert world.host_of("v") == "a"
    (status,) = world.ended(task)
    assert status.state is TaskState.SUCCESS
    assert world.host_of("v") == "b"
    # 16,384 MiB × 0.9…1 at 1,192 MiB/s × 0.82…0.94 is 13.2…16.8 s; rounds and overheads come on top
    assert 13.2 < seconds(status) < 26.0
    (truth,) = world.datacenter.truths
    assert truth.sent_mib > 16_384 * 0.9
    assert 0 < truth.downtime_ms < 1000


def test_a_migration_under_way_counts_at_both_ends_until_it_ends() -> None:
    world = World([make_host("a"), make_host("b")], [make_vm("v", "a")])
    task = world.relocate("v", "b")
    assert [flight.destination for flight in world.datacenter.read().in_flight] == [ref("b")]
    world.ended(task)
    assert world.datacenter.read().in_flight == ()


def test_load_follows_the_vm() -> None:
    world = World([make_host("a"), make_host("b")], [make_vm("v", "a", cpu=8000)])
    before = world.datacenter.read()
    # 1 % of 20,000 MHz is the hypervisor's
    assert before.host(ref("a")).load.cpu_used_mhz == 8200
    assert before.host(ref("b")).load.cpu_used_mhz == 200
    world.ended(world.relocate("v", "b"))
    after = world.datacenter.read()
    assert after.host(ref("a")).load.cpu_used_mhz == 200
    assert after.host(ref("b")).load.cpu_used_mhz == pytest.approx(8200, rel=0.3)


def test_times_of_a_task_are_in_order_and_its_progress_grows() -> None:
    world = World([make_host("a"), make_host("b")], [make_vm("v", "a", memory=32_768)])
    task = world.relocate("v", "b")
    seen = []
    while not world.task(task).has_ended:
        seen.append(world.task(task).progress_percent)
        world.clock.sleep(2.0)
    assert seen == sorted(seen, key=lambda percent: percent or 0)
    assert len(set(seen)) > 5
    status = world.task(task)
    assert status.queued_at is not None
    assert status.started_at is not None
    assert status.ended_at is not None
    assert status.queued_at <= status.started_at < status.ended_at
    assert status.operation_id == "op-v"
    since = status.queued_at
    assert world.datacenter.recent_tasks(ref("v"), since) == (status,)
    assert world.datacenter.recent_tasks(ref("v"), since + timedelta(seconds=1)) == ()


def test_of_twenty_moves_into_one_host_eight_run() -> None:
    sources = [make_host(f"s{number}") for number in range(10)]
    vms = [make_vm(f"v{number:02}", f"s{number % 10}") for number in range(20)]
    world = World([*sources, make_host("b")], vms)
    tasks = [world.relocate(vm.name, "b") for vm in vms]
    world.clock.sleep(1.0)
    states = [world.task(task).state for task in tasks]
    assert states.count(TaskState.RUNNING) == 8
    assert states.count(TaskState.QUEUED) == 12
    assert all(status.state is TaskState.SUCCESS for status in world.ended(*tasks))


def test_a_1_gbit_s_network_carries_four_at_once() -> None:
    slow = make_host("a", vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=1000),))
    world = World([slow, make_host("b")], [make_vm(f"v{number}", "a") for number in range(6)])
    tasks = [world.relocate(f"v{number}", "b") for number in range(6)]
    assert [world.task(task).state for task in tasks].count(TaskState.RUNNING) == 4


def test_two_on_one_adapter_take_about_twice_as_long() -> None:
    def slowest(count: int) -> float:
        hosts = [make_host("a"), make_host("b"), make_host("c")]
        world = World(hosts, [make_vm(f"v{number}", "a", memory=32_768) for number in range(count)])
        return max(seconds(status) for status in world.ended(*(world.relocate(f"v{n}", "bc"[n]) for n in range(count))))

    assert slowest(2) / slowest(1) == pytest.approx(2.0, rel=0.25)


def test_a_powered_off_vm_moves_in_seconds() -> None:
    off = make_vm("v", "a", memory=65_536, power_state=PowerState.POWERED_OFF)
    world = World([make_host("a"), make_host("b")], [off])
    (status,) = world.ended(world.relocate("v", "b"))
    assert seconds(status) < 6
    (truth,) = world.datacenter.truths
    assert (truth.sent_mib, truth.downtime_ms) == (0.0, 0.0)


def test_disks_go_to_their_new_datastore_and_free_the_old_one() -> None:
    hosts = [make_host("a", datastores=("ds", "new")), make_host("b", datastores=("ds", "new"))]
    world = World(hosts, [make_vm("v", "a")])
    free = {store.ref: store.free_mib for store in world.inventory.datastores}
    task = world.relocate("v", "b", datastore="new")
    under_way = world.datacenter.read()
    assert under_way.in_flight[0].destination_datastores == (ref("new"),)
    held = {store.ref: free[store.ref] - store.free_mib for store in under_way.datastores}
    assert held == {ref("ds"): 0, ref("new"): 20_480}
    (status,) = world.ended(task)
    # 20,480 MiB at 600 MiB/s × 0.82…0.94 is 36…42 s, memory follows
    assert 36 < seconds(status) < 60
    after = world.datacenter.read()
    assert after.vm(ref("v")).datastores == (ref("new"),)
    held = {store.ref: free[store.ref] - store.free_mib for store in after.datastores}
    assert held == {ref("ds"): -20_480, ref("new"): 20_480}


def test_a_cancelled_migration_leaves_the_vm_where_it_was() -> None:
    world = World([make_host("a"), make_host("b")], [make_vm("v", "a", memory=32_768)])
    task = world.relocate("v", "b")
    world.clock.sleep(5.0)
    world.datacenter.cancel(task)
    status = world.task(task)
    assert status.state is TaskState.ERROR
    assert status.error == "The task was canceled by a user."
    assert world.host_of("v") == "a"
    assert world.datacenter.read().in_flight == ()
    world.clock.sleep(100.0)
    assert world.task(task) == status


def test_maintenance_mode_waits_until_the_last_running_vm_has_left() -> None:
    world = World(
        [make_host("a"), make_host("b")],
        [make_vm("v", "a"), make_vm("off", "a", power_state=PowerState.POWERED_OFF)],
    )
    task = world.datacenter.enter_maintenance(ref("a"), "op")
    world.clock.sleep(1000.0)
    assert world.task(task).state is TaskState.RUNNING
    with pytest.raises(MigrationRefused, match="entering maintenance"):
        world.datacenter.enter_maintenance(ref("a"), "op")
    (moved,) = world.ended(world.relocate("v", "b"))
    assert world.task(task).state is TaskState.SUCCESS
    assert world.task(task).ended_at == moved.ended_at
    assert world.datacenter.read().host(ref("a")).in_maintenance
    with pytest.raises(MigrationRefused, match="maintenance mode"):
        world.datacenter.relocate(a_move(world.datacenter.read(), "v", "a"), "op")


def test_the_same_seed_gives_the_same_day() -> None:
    def day() -> list[TaskStatus]:
        world = World(
            [make_host("a"), make_host("b"), make_host("c")],
            [make_vm(f"v{number}", "a", load=VmLoad(memory_active_mib=1000)) for number in range(10)],
        )
        return world.ended(*(world.relocate(f"v{number}", "bc"[number % 2]) for number in range(10)))

    assert day() == day()
