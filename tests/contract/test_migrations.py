"""Both worlds carry out, refuse, cancel and remember what the port says, and vCenter's own times tell when."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender.errors import MigrationRefused
from recommender.inventory.lookup import cluster_named, datastore_named, host_named, vm_named
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, PowerState
from recommender.placement.result import Move
from recommender.ports import TaskRef, TaskState, TaskStatus
from tests.contract.estates import FREE, HERE, MOVING, REFUSED
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import World, over_soap
from tests.unit.vsphere.moves import make_move

# Rules and the estimate of a host's CPU are our concern: vCenter itself starts such a move when asked to.
NOT_CHECKED_BY_VCENTER = {"cpu_capacity", "vm_host_affinity", "vm_anti_affinity"}
SECOND = timedelta(seconds=1)


def test_a_relocated_vm_is_where_it_was_sent(world: World) -> None:
    vm = world.vm(MOVING)
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    status = world.ended(task)
    assert (status.state, status.entity, status.error) == (TaskState.SUCCESS, vm, None)
    place = world.migrator.place_of(vm)
    assert place is not None
    assert place.host == world.host(FREE)
    assert vm_named(world.source.read(), MOVING).host == place.host


def test_the_times_of_a_task_are_vcenters_own_and_in_order(world: World) -> None:
    before = world.clock.now()
    status = world.ended(world.migrator.relocate(world.move(MOVING, FREE), "operation-1"))
    assert status.queued_at is not None
    assert status.started_at is not None
    assert status.ended_at is not None
    assert before - SECOND <= status.queued_at <= status.started_at < status.ended_at <= world.clock.now() + SECOND
    assert status.queued_at.tzinfo is not None
    assert status.queued_at.utcoffset() == timedelta(0)


def test_a_migration_under_way_is_in_the_inventory_and_at_its_source(unhurried_world: World) -> None:
    world = unhurried_world
    vm, here, there = world.vm(MOVING), world.host(HERE), world.host(FREE)
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    running = world.watched(task, lambda status: status.state is TaskState.RUNNING)
    assert running.ended_at is None
    inventory = world.source.read()
    assert [(flight.vm, flight.destination) for flight in inventory.in_flight] == [(vm, there)]
    assert inventory.vm(vm).host == here
    world.migrator.cancel(task)
    assert world.source.read().in_flight == ()


def test_progress_is_told_while_a_migration_runs(unhurried_world: World) -> None:
    world = unhurried_world
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    status = world.watched(task, lambda status: bool(status.progress_percent))
    assert status.state is TaskState.RUNNING
    assert status.progress_percent is not None
    assert 0 < status.progress_percent < 100
    world.migrator.cancel(task)


def test_progress_never_falls_and_ends_at_100(world: World) -> None:
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    seen: list[int] = []

    def noted(status: TaskStatus) -> bool:
        seen.append(status.progress_percent or 0)
        return status.has_ended

    world.watched(task, noted)
    assert seen == sorted(seen)
    assert seen[-1] == 100


@pytest.mark.parametrize("name", ["off-1", "asleep-1", "golden-image"])
def test_vms_that_do_not_run_are_relocated_too(world: World, name: str) -> None:
    goal = "esx-small"  # which nothing that runs could be brought to
    assert world.ended(world.migrator.relocate(world.move(name, goal), "operation-1")).state is TaskState.SUCCESS
    after = vm_named(world.source.read(), name)
    assert after.host == world.host(goal)
    assert after.power_state is not PowerState.POWERED_ON


def test_a_move_to_another_cluster_brings_the_vm_into_a_pool_there(world: World) -> None:
    before = world.source.read()
    status = world.ended(world.migrator.relocate(world.move("app-1", "esx-red"), "operation-1"))
    assert (status.state, status.error) == (TaskState.SUCCESS, None)
    after = world.source.read()
    moved, cluster = vm_named(after, "app-1"), cluster_named(after, "red")
    assert moved.host == host_named(after, "esx-red").ref
    assert moved.resource_pool == cluster.root_resource_pool
    assert vm_named(after, "app-2") == vm_named(before, "app-2")


def test_all_disks_of_a_vm_are_moved_with_it_and_take_their_space_along(world: World) -> None:
    before = world.source.read()
    status = world.ended(world.migrator.relocate(world.move("two-disks", FREE, disks_to="shared"), "operation-1"))
    assert (status.state, status.error) == (TaskState.SUCCESS, None)
    after = world.source.read()
    shared, emptied = datastore_named(after, "shared"), datastore_named(after, "blue-only")
    moved = vm_named(after, "two-disks")
    assert {disk.datastore for disk in moved.disks} == {shared.ref}
    assert moved.datastores == (shared.ref,)
    assert datastore_named(before, "shared").free_mib - shared.free_mib == 30 * 1024
    assert emptied.free_mib - datastore_named(before, "blue-only").free_mib == 30 * 1024
    place = world.migrator.place_of(moved.ref)
    assert place is not None
    keys = (HOME, *(disk.key for disk in moved.disks))  # its configuration files went along
    assert place.disk_datastores == tuple((key, shared.ref) for key in keys)


@pytest.mark.parametrize("host", [host for host, rule in REFUSED.items() if rule not in NOT_CHECKED_BY_VCENTER])
def test_what_cannot_be_is_refused_or_fails_and_the_vm_stays(world: World, host: str) -> None:
    assert_does_not_happen(world, world.move(MOVING, host))


def test_a_datastore_without_room_is_refused(world: World) -> None:
    assert_does_not_happen(world, world.move("two-disks", FREE, disks_to="small"))


def test_a_host_that_does_not_answer_is_refused(world: World) -> None:
    assert_does_not_happen(world, world.move("red-1", "esx-lost"))


def test_a_host_that_does_not_exist_is_refused_before_anything_begins(world: World) -> None:
    vm = world.vm(MOVING)
    with pytest.raises(MigrationRefused):
        world.migrator.relocate(make_move(vm=vm, destination=EntityRef(vm.vcenter, "host-424242")), "operation-1")
    assert world.migrator.recent_tasks(vm, world.clock.now() - SECOND * 60) == ()


def test_a_vm_that_is_gone_has_no_place_and_cannot_be_moved(world: World) -> None:
    gone = EntityRef(world.vm(MOVING).vcenter, "vm-424242")
    assert world.migrator.place_of(gone) is None
    with pytest.raises(MigrationRefused):
        world.migrator.relocate(make_move(vm=gone, destination=world.host(FREE)), "operation-1")


def test_a_vm_that_a_backup_holds_is_refused(world: World) -> None:
    with pytest.raises(MigrationRefused):
        world.migrator.relocate(world.move("held-by-backup", HERE), "operation-1")


def test_one_vm_is_not_moved_twice_at_once(unhurried_world: World) -> None:
    world = unhurried_world
    move = world.move(MOVING, FREE)
    first = world.migrator.relocate(move, "operation-1")
    world.watched(first, lambda status: status.state is TaskState.RUNNING)
    assert_does_not_happen(world, move)
    assert not world.status(first).has_ended, "the first goes on"
    world.migrator.cancel(first)


def test_several_vms_move_at_once(world: World) -> None:
    names = ("app-1", "app-2", "two-disks")
    tasks = [world.migrator.relocate(world.move(name, FREE), f"operation-{name}") for name in names]
    assert [world.ended(task).state for task in tasks] == [TaskState.SUCCESS] * 3
    after = world.source.read()
    assert {vm_named(after, name).host for name in names} == {world.host(FREE)}


def test_what_vcenter_does_not_carry_at_once_waits_in_its_queue(unhurried_world: World) -> None:
    world = unhurried_world
    # Disks cost 4 of a host's 8 units.
    carried = [
        world.migrator.relocate(world.move(name, FREE, disks_to=goal), f"operation-{name}")
        for name, goal in (("two-disks", "shared"), ("app-1", "blue-only"))
    ]
    waiting = world.migrator.relocate(world.move("app-2", FREE), "operation-app-2")
    for task in carried:
        world.watched(task, lambda status: status.state is TaskState.RUNNING)
    queued = world.status(waiting)
    assert (queued.state, queued.started_at) == (TaskState.QUEUED, None)
    assert world.vm("app-2") in [flight.vm for flight in world.source.read().in_flight]
    world.migrator.cancel(carried[0])
    started = world.watched(waiting, lambda status: status.state is not TaskState.QUEUED)
    assert started.state is TaskState.RUNNING
    for task in (carried[1], waiting):
        world.migrator.cancel(task)


def test_recent_tasks_find_a_migration_by_its_operation_id(world: World) -> None:
    vm, since = world.vm(MOVING), world.clock.now()
    assert world.migrator.recent_tasks(vm, since) == ()
    there = world.migrator.relocate(world.move(MOVING, FREE), "operation-there")
    world.ended(there)
    back = world.migrator.relocate(world.move(MOVING, HERE), "operation-back")
    world.ended(back)
    found = {status.operation_id: status.task for status in world.migrator.recent_tasks(vm, since)}
    assert found == {"operation-there": there, "operation-back": back}
    assert list(found) == ["operation-there", "operation-back"], "oldest first"
    assert world.migrator.recent_tasks(world.vm("app-1"), since) == ()
    assert world.migrator.recent_tasks(vm, world.clock.now() + SECOND * 60) == ()


def test_a_cancelled_migration_leaves_the_vm_at_its_source(unhurried_world: World) -> None:
    world = unhurried_world
    vm, here = world.vm(MOVING), world.host(HERE)
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    world.watched(task, lambda status: status.state is TaskState.RUNNING)
    world.migrator.cancel(task)
    status = world.ended(task)
    assert status.state is TaskState.ERROR
    assert "cancel" in (status.error or "")
    place = world.migrator.place_of(vm)
    assert place is not None
    assert place.host == here


def test_cancelling_a_task_that_has_ended_changes_nothing(world: World) -> None:
    task = world.migrator.relocate(world.move(MOVING, FREE), "operation-1")
    status = world.ended(task)
    world.migrator.cancel(task)
    assert world.status(task) == status


def test_a_task_that_nobody_knows_is_none(world: World) -> None:
    assert world.migrator.task(TaskRef(world.vm(MOVING).vcenter, "task-424242")) is None


def test_an_empty_host_enters_maintenance_mode_at_once(world: World) -> None:
    host = world.host("esx-old")
    status = world.ended(world.migrator.enter_maintenance(host, "operation-1"))
    assert (status.state, status.entity, status.operation_id) == (TaskState.SUCCESS, host, "operation-1")
    assert host_named(world.source.read(), "esx-old").in_maintenance
    since = datetime(2020, 1, 1, tzinfo=UTC)
    assert [found.operation_id for found in world.migrator.recent_tasks(host, since)] == ["operation-1"]


def test_a_host_enters_maintenance_mode_once_its_last_running_vm_has_left(world: World) -> None:
    entering = world.migrator.enter_maintenance(world.host("esx-red"), "operation-1")
    world.watched(entering, lambda status: status.state is TaskState.RUNNING)
    assert not host_named(world.source.read(), "esx-red").in_maintenance
    world.ended(world.migrator.relocate(world.move("red-1", "esx-ailing"), "operation-2"))
    assert world.ended(entering).state is TaskState.SUCCESS
    assert host_named(world.source.read(), "esx-red").in_maintenance


def test_a_fully_automated_drs_empties_a_host_by_tasks_of_its_own(world: World) -> None:
    before, here = world.source.read(), world.host("esx-taken")
    status = world.ended(world.migrator.enter_maintenance(here, "operation-1", takes_all=True))
    assert status.state is TaskState.SUCCESS
    moved = vm_named(world.source.read(), "web-2")
    assert moved.host != here
    cluster = cluster_named(before, "blue").ref
    assert host_named(before, next(h.name for h in before.hosts if h.ref == moved.host)).cluster == cluster
    (task,) = world.migrator.recent_tasks(moved.ref, status.queued_at or world.clock.now())
    assert (task.operation, task.operation_id or None) == ("Drm.ExecuteVMotionLRO", None)


def test_a_host_leaves_maintenance_mode_and_only_if_it_was_in_it(world: World) -> None:
    host = world.host("esx-old")
    world.ended(world.migrator.enter_maintenance(host, "operation-1"))
    status = world.ended(world.migrator.exit_maintenance(host, "operation-2"))
    assert (status.state, status.entity, status.operation_id) == (TaskState.SUCCESS, host, "operation-2")
    assert not host_named(world.source.read(), "esx-old").in_maintenance
    try:
        again = world.ended(world.migrator.exit_maintenance(host, "operation-3"))
    except MigrationRefused:
        return
    assert again.state is TaskState.ERROR


def test_load_follows_a_vm_over_soap(simulator: RunningSimulator) -> None:
    with over_soap(simulator) as world:
        before = world.source.read()
        world.ended(world.migrator.relocate(world.move(MOVING, FREE), "operation-1"))
        after = world.source.read()
    used = [
        host_named(inventory, name).load.cpu_used_mhz or 0 for inventory in (before, after) for name in (HERE, FREE)
    ]
    assert (used[0] - used[2], used[3] - used[1]) == (2000, 2000)


def assert_does_not_happen(world: World, move: Move) -> None:
    """Refused at the call, or taken and failed; either way the VM is where it was, and the reason is told."""
    before = world.migrator.place_of(move.vm)
    try:
        task = world.migrator.relocate(move, "operation-1")
    except MigrationRefused as refused:
        reason: str | None = str(refused)
    else:
        status = world.ended(task)
        assert status.state is TaskState.ERROR
        reason = status.error
    assert reason
    assert world.migrator.place_of(move.vm) == before
