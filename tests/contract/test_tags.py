"""Tags are told over REST; a rule that stands on them is not judged without them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from recommender.errors import InventoryUnavailable
from recommender.inventory.lookup import datastore_named, host_named, vm_named
from recommender.vsphere import tags
from recommender.vsphere.session.connection import context_for
from recommender.vsphere.session.open_vcenters import TagUse, open_vcenters
from tests.contract.estates import FREE, MOVING
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import one_site


def test_vms_hosts_and_datastores_carry_their_tags(simulator: RunningSimulator) -> None:
    with open_vcenters([simulator.address()], site_of=one_site) as (source, _):
        untagged = source.read()
    vm, host, store = vm_named(untagged, MOVING), host_named(untagged, FREE), datastore_named(untagged, "shared")
    with asking(simulator) as ask:
        licence, rack, group = (made(ask, "licence", "oracle"), made(ask, "rack", "r7"), made(ask, GROUP, "gold"))
        attach(ask, licence, "VirtualMachine", vm.ref.moid)
        attach(ask, rack, "HostSystem", host.ref.moid)
        attach(ask, group, "Datastore", store.ref.moid)
    with open_vcenters([simulator.address()], site_of=one_site, tags=TagUse.NEEDED) as (source, _):
        inventory = source.read()
    assert inventory.vm(vm.ref).tags == ("licence/oracle",)
    assert inventory.host(host.ref).tags == ("rack/r7",)
    assert datastore_named(inventory, "shared").protection_group == "gold"
    assert vm_named(inventory, "web-2").tags == ()


def test_no_tags_at_all_are_none(simulator: RunningSimulator) -> None:
    assert tags.tags_of(simulator.address()) == {}


@pytest.mark.parametrize(("use", "is_refused"), [(TagUse.WANTED, False), (TagUse.NEEDED, True)])
def test_tags_that_cannot_be_read_are_an_error_only_where_a_rule_stands_on_them(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, *, use: TagUse, is_refused: bool
) -> None:
    monkeypatch.setattr(tags, "SESSION", "/rest/com/vmware/nowhere")
    with open_vcenters([simulator.address()], site_of=one_site, tags=use) as (source, _):
        if is_refused:
            with pytest.raises(InventoryUnavailable, match="tags cannot be read"):
                source.read()
        else:
            assert source.read().virtual_machines


GROUP = "protection-group"


@contextmanager
def asking(simulator: RunningSimulator) -> Iterator[Any]:
    address = simulator.address()
    with tags._session(address, context_for(address)) as ask:
        yield ask


def made(ask: Any, category: str, tag: str) -> str:
    """The id of a new tag in a new category."""
    spec = {"name": category, "description": "", "cardinality": "SINGLE", "associable_types": []}
    category_id = ask("POST", f"{tags.TAGGING}/category", {"create_spec": spec})
    tag_spec = {"name": tag, "description": "", "category_id": category_id}
    made_id: str = ask("POST", f"{tags.TAGGING}/tag", {"create_spec": tag_spec})
    return made_id


def attach(ask: Any, tag_id: str, kind: str, moid: str) -> None:
    path = f"{tags.TAGGING}/tag-association/id:{tag_id}?~action=attach"
    ask("POST", path, {"object_id": {"type": kind, "id": moid}})
