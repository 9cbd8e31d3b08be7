"""What memory really does is near what the load suggests, and never impossible."""

import pytest

from recommender.inventory.load import VmLoad
from recommender.simulation.vcenter.true_memory import PageClass, TrueMemory, true_memory
from tests.inventories import make_vm


def test_changed_memory_saturates_at_the_size_of_the_class() -> None:
    pages = PageClass(size_mib=1000.0, written_mib_s=100.0)
    # 1000 × (1 − e^−0.1) = 95.2 in a second; after an hour all of it
    assert pages.changed_mib(1.0) == pytest.approx(95.16, abs=0.01)
    assert pages.changed_mib(3600.0) == pytest.approx(1000.0)
    assert PageClass(size_mib=0.0, written_mib_s=100.0).changed_mib(1.0) == 0.0


def test_a_guest_that_outruns_the_link_is_slowed() -> None:
    pages = PageClass(size_mib=1e9, written_mib_s=1000.0)
    memory = TrueMemory(resident_mib=1e9, hot=pages, warm=PageClass(size_mib=0.0, written_mib_s=0.0))
    # 1000 MiB/s written, 500 sent: slowed to 80 % of 500, so 10 s change 4,000 MiB
    assert memory.changed_mib(10.0, 500.0) == pytest.approx(4000.0, rel=0.001)


def test_truth_depends_on_the_seed_and_the_vm_alone() -> None:
    vm = make_vm("v", "a")
    assert true_memory(vm, 1) == true_memory(vm, 1)
    assert true_memory(vm, 1) != true_memory(vm, 2)
    assert true_memory(vm, 1) != true_memory(make_vm("w", "a"), 1)


def test_a_dirty_rate_that_the_inventory_tells_is_nearly_true() -> None:
    load = VmLoad(memory_active_mib=1024, memory_consumed_mib=4096, dirty_mib_s=200.0)
    memory = true_memory(make_vm("v", "a", load=load), 1)
    assert memory.hot.written_mib_s + memory.warm.written_mib_s == pytest.approx(200.0, rel=0.4)
    assert 0.9 * 4096 <= memory.resident_mib <= 4096
