"""Keys of an encrypted VM must be held where it goes."""

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.encryption_supported import EncryptionSupported
from recommender.inventory.host import CryptoState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = EncryptionSupported()


def a_vm(provider: str | None, *, on: str = "safe") -> Inventory:
    hosts = [make_host(state.value, crypto_state=state) for state in CryptoState]
    return make_inventory([*hosts, make_host("untold")], [make_vm("a", on, key_provider=provider)])


def test_a_plain_vm_goes_anywhere() -> None:
    assert len(hosts_for(RULE, a_vm(None))) == 5


def test_an_encrypted_vm_goes_where_keys_can_be_held() -> None:
    inventory = a_vm("kms")
    assert hosts_for(RULE, inventory) == {"safe", "prepared"}
    assert reasons_against(RULE, inventory, "prepared") == []


@pytest.mark.parametrize("host", ["incapable", "pendingIncapable"])
def test_a_refusal_tells_the_hosts_state(host: str) -> None:
    assert reasons_against(RULE, a_vm("kms"), host) == [f"the VM is encrypted, the host's crypto state is {host}"]


def test_an_unknown_state_refuses_unless_permitted() -> None:
    inventory = a_vm("kms")
    assert reasons_against(RULE, inventory, "untold") == [
        "unknown: whether the host can hold the keys of an encrypted VM"
    ]
    lenient = EncryptionSupported(unknown_permitted=True)
    assert hosts_for(lenient, inventory) == {"safe", "prepared", "untold"}
    assert reasons_against(lenient, inventory, "untold") == []


def test_a_vm_that_stays_breaks_nothing_where_the_state_is_unknown() -> None:
    assert broken(RULE, a_vm("kms", on="untold")) == []


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        (("aws", "kms"), []),
        (("aws",), ["the VM's key provider kms is none of the 1 of vCenter other"]),
        ((), ["the VM's key provider kms is none of the 0 of vCenter other"]),
        (None, ["unknown: the key providers of vCenter other, where the VM's kms is needed"]),
    ],
)
def test_in_another_vcenter_its_key_provider_has_to_be_known(known: tuple[str, ...] | None, reasons: list[str]) -> None:
    abroad = make_host("abroad", ref=EntityRef("other", "host-9"), crypto_state=CryptoState.SAFE, key_providers=known)
    inventory = make_inventory([*a_vm("kms").hosts, abroad], [make_vm("a", "safe", key_provider="kms")])
    vm = inventory.virtual_machines[0]
    found = caused_by_move([RULE], inventory, vm, abroad)
    assert [violation.reason for violation in found] == reasons
    assert ("abroad" in hosts_for(RULE, inventory)) is (not reasons)
    assert ("abroad" in hosts_for(EncryptionSupported(unknown_permitted=True), inventory)) is (
        known is None or not reasons
    )
    plain = make_inventory(inventory.hosts, [make_vm("a", "safe")])
    assert "abroad" in hosts_for(RULE, plain)
