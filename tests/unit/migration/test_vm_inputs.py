"""What is known of a VM is used; what is not is assumed and said to be so."""

from recommender.inventory.load import VmLoad
from recommender.migration.vm_inputs import memory_inputs
from tests.inventories import make_vm


def test_everything_measured() -> None:
    load = VmLoad(memory_active_mib=1024, memory_consumed_mib=3000, dirty_mib_s=12.5)
    inputs = memory_inputs(make_vm("v", "a", memory=4096, load=load))
    assert inputs[:4] == (3000.0, 1024.0, 12.5, True)
    assert "assumed" not in inputs.memory_origin + inputs.working_set_origin + inputs.dirty_origin


def test_nothing_measured() -> None:
    """Memory 8,000 MiB; working set 0.3 of it, 2,400 MiB; written once a minute, 40 MiB/s."""
    inputs = memory_inputs(make_vm("v", "a", memory=8000, load=VmLoad()))
    assert inputs[:4] == (8000.0, 2400.0, 40.0, False)
    assert inputs.memory_origin.endswith("unknown")
    assert inputs.working_set_origin.startswith("assumed")
    assert inputs.dirty_origin.startswith("assumed")


def test_active_memory_beyond_the_consumed_does_not_count() -> None:
    load = VmLoad(memory_active_mib=4096, memory_consumed_mib=1200)
    assert memory_inputs(make_vm("v", "a", load=load))[:3] == (1200.0, 1200.0, 20.0)


def test_an_idle_vm_is_not_an_unknown_one() -> None:
    load = VmLoad(memory_active_mib=0, memory_consumed_mib=1200)
    assert memory_inputs(make_vm("v", "a", load=load))[:3] == (1200.0, 0.0, 0.0)


def test_what_was_written_tells_more_than_what_was_touched() -> None:
    """512 MiB written lately, once a minute: 8.53 MiB/s."""
    load = VmLoad(memory_active_mib=2048, memory_active_write_mib=512, memory_consumed_mib=3000)
    inputs = memory_inputs(make_vm("v", "a", memory=4096, load=load))
    assert inputs[:2] == (3000.0, 512.0)
    assert round(inputs.dirty_mib_s, 2) == 8.53
    assert "mem.activewrite" in inputs.working_set_origin


def test_what_is_not_in_the_hosts_memory_is_not_sent() -> None:
    load = VmLoad(memory_ballooned_mib=1000, memory_swapped_mib=96)
    inputs = memory_inputs(make_vm("v", "a", memory=4096, load=load))
    assert inputs.memory_mib == 3000.0
    assert "ballooned and swapped" in inputs.memory_origin
    consumed = VmLoad(memory_ballooned_mib=1000, memory_consumed_mib=2000)
    assert memory_inputs(make_vm("v", "a", memory=4096, load=consumed)).memory_mib == 2000.0  # without them already
