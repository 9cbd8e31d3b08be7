"""Keys of an encrypted VM must be held where it goes."""

import pytest

from recommender.constraints.encryption_supported import EncryptionSupported
from recommender.inventory.host import CryptoState
from recommender.inventory.inventory import Inventory
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
