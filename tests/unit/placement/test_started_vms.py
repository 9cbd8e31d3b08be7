"""Rules about migrating let VMs pass that are started instead."""

from recommender.constraints.excluded_vm import ExcludedVm
from recommender.constraints.registry import CONSTRAINT_NAMES
from recommender.placement.started_vms import OF_MIGRATING, ButStarted
from tests.inventories import make_host, make_inventory, make_vm, ref

EXCLUDED = ExcludedVm(patterns=("a", "b"), tags=frozenset())
INVENTORY = make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1"), make_vm("b", "h1")])


def test_a_started_vm_passes_and_others_do_not() -> None:
    rule = ButStarted(EXCLUDED, frozenset({ref("a")}))
    rows = rule.eligible(INVENTORY, INVENTORY.virtual_machines, INVENTORY.hosts)
    assert rows.tolist() == [
        [True, True],
        EXCLUDED.eligible(INVENTORY, INVENTORY.virtual_machines[1:], INVENTORY.hosts)[0].tolist(),
    ]
    keys = [rule.class_key(INVENTORY, vm) for vm in INVENTORY.virtual_machines]
    assert keys[0] != keys[1]


def test_it_goes_by_the_rule_s_name() -> None:
    rule = ButStarted(EXCLUDED, frozenset())
    assert (rule.name, rule.continuous) == (EXCLUDED.name, EXCLUDED.continuous)
    assert set(CONSTRAINT_NAMES) >= OF_MIGRATING
