"""A question about some hosts moves VMs among these alone."""

from recommender.constraints.asked_hosts import AskedHosts
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = AskedHosts(hosts=frozenset({ref("h1"), ref("h2")}))
REASON = "not between the 2 hosts that are asked about"


def vm_on(host: str) -> Inventory:
    return make_inventory([make_host("h1"), make_host("h2"), make_host("h3")], [make_vm("a", host)])


def test_a_vm_stays_among_the_hosts() -> None:
    inventory = vm_on("h1")
    assert hosts_for(RULE, inventory) == {"h1", "h2"}
    assert reasons_against(RULE, inventory, "h2") == []
    assert reasons_against(RULE, inventory, "h3") == [REASON]


def test_no_other_vm_moves() -> None:
    inventory = vm_on("h3")
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "h1") == [REASON]
    assert broken(RULE, inventory) == []


def test_only_migrations_are_judged() -> None:
    assert broken(RULE, vm_on("h1").with_in_flight(flight("a", "h2"))) == []
    assert broken(RULE, vm_on("h1").with_in_flight(flight("a", "h3"))) == [REASON]


def test_a_question_about_everything_refuses_nothing() -> None:
    assert hosts_for(AskedHosts(), vm_on("h1")) == {"h1", "h2", "h3"}
    assert broken(AskedHosts(), vm_on("h1").with_in_flight(flight("a", "h3"))) == []
