"""VMs of one instance UUID are found, and what is remembered by it is not taken for what either of them did."""

from dataclasses import replace

from recommender.inventory.twins import twins
from recommender.service.balancing.others import Others
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal


def test_who_shares_an_identity_is_found_and_nobody_else() -> None:
    vms = [make_vm(name, "h1", instance_uuid=uuid) for name, uuid in (("a", "1"), ("b", "2"), ("c", "1"))]
    inventory = make_inventory([make_host("h1")], vms)
    assert {uuid: [vm.name for vm in found] for uuid, found in twins(inventory).items()} == {"1": ["a", "c"]}
    assert twins(make_inventory([make_host("h1")], vms[:2])) == {}


def test_where_one_of_them_stood_is_not_where_the_other_came_from() -> None:
    hosts = [make_host("h1"), make_host("h2")]
    vms = [make_vm("a", "h1", instance_uuid="1"), make_vm("b", "h2", instance_uuid="1"), make_vm("c", "h1")]
    inventory, others, journal = make_inventory(hosts, vms), Others(), MemoryJournal()
    assert [others.see(inventory, journal, TAKEN_AT) for _ in range(2)] == [0, 0]
    after = replace(inventory, virtual_machines=(*vms[:2], replace(vms[2], host=ref("h2"))))
    assert others.see(after, journal, TAKEN_AT) == 1
    assert [move.vm for move in journal.foreign_moves.since(TAKEN_AT)] == [ref("c")]
