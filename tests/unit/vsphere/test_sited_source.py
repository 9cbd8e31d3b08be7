"""Datastores stand where the configuration says, and nowhere where it says nothing."""

from dataclasses import replace
from functools import partial

from recommender.constraints.storage_round_trip_time import StorageRoundTripTime
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.settings.sites import SiteSettings, datastore_site_of
from recommender.vsphere.sources.sited import SitedInventorySource
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import reasons_against

SITES = (
    SiteSettings(name="east", hosts=("east-*",), datastores=("east-*", "old-1")),
    SiteSettings(name="west", hosts=("west-*",), datastores=("*-1",)),
)


class Told:
    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def read(self) -> Inventory:
        return self.inventory


def sited() -> Inventory:
    hosts = [make_host("east-1", site="east"), make_host("west-1", site="west")]
    inventory = make_inventory(
        hosts,
        [make_vm("a", "east-1", datastore="east-2")],
        site_links=(SiteLink(site_a="east", site_b="west", rtt_ms=12.0),),
    )
    stores = tuple(
        Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=1, free_mib=1)
        for name in ("east-2", "old-1", "far-1", "local")
    )
    return SitedInventorySource(Told(replace(inventory, datastores=stores)), partial(datastore_site_of, SITES)).read()


def test_the_first_site_that_names_a_datastore_has_it() -> None:
    assert {store.name: store.site for store in sited().datastores} == {
        "east-2": "east", "old-1": "east", "far-1": "west", "local": None,
    }  # fmt: skip


def test_a_host_too_far_from_the_datastores_is_refused_with_the_numbers() -> None:
    assert reasons_against(StorageRoundTripTime(10.0), sited(), "west-1") == [
        "12 ms between west and its datastores in east, at most 10 ms"
    ]
