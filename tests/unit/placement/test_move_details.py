"""Disks take the policy's format where they are copied, and networks that stand for others are named."""

import pytest

from recommender.inventory.network import Network
from recommender.inventory.virtual_machine import Disk
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.move_details import disk_move, network_moves
from recommender.placement.result import NetworkMove
from recommender.policy import Policy
from recommender.relocation_policy import DiskFormat, NetworkMapping, RelocationPolicy
from tests.inventories import make_host, make_inventory, make_vm, ref


@pytest.mark.parametrize(
    ("wanted", "now", "told"),
    [
        (DiskFormat.AS_IS, DiskProvisioning.THIN, None),
        (DiskFormat.THIN, DiskProvisioning.THIN, None),
        (DiskFormat.THIN, DiskProvisioning.EAGER_ZEROED, DiskProvisioning.THIN),
        (DiskFormat.EAGER_ZEROED, DiskProvisioning.THIN, DiskProvisioning.EAGER_ZEROED),
        (DiskFormat.LAZY_ZEROED, None, DiskProvisioning.LAZY_ZEROED),
    ],
)
def test_a_copied_disk_is_converted_where_it_is_not_so_already(
    wanted: DiskFormat, now: DiskProvisioning | None, told: DiskProvisioning | None
) -> None:
    policy = Policy(relocation=RelocationPolicy(disk_format=wanted))
    vm = make_vm("a", "h", disks=(Disk(key=2000, datastore=ref("ds"), size_mib=1, provisioning=now),))
    assert disk_move(policy, vm, 2000, ref("ds"), ref("ds2")).provisioning is told
    assert disk_move(policy, vm, 0, ref("ds"), ref("ds2")).provisioning is None, "its home has no format"


def test_a_raw_disk_is_never_converted() -> None:
    policy = Policy(relocation=RelocationPolicy(disk_format=DiskFormat.THIN))
    vm = make_vm("a", "h", disks=(Disk(key=2000, datastore=ref("ds"), size_mib=1, is_raw=True),))
    assert disk_move(policy, vm, 2000, ref("ds"), ref("ds2")).provisioning is None


def test_only_networks_that_change_are_named() -> None:
    mappings = (NetworkMapping(source="lan", destination="lan west"),)
    policy = Policy(relocation=RelocationPolicy(networks=mappings))
    networks = tuple(Network(ref=ref(name), name=name, datacenter="dc") for name in ("lan", "lan west", "san"))
    host = make_host("there", networks=(ref("lan west"), ref("san")))
    vm = make_vm("a", "here", networks=(ref("lan"), ref("san")))
    inventory = make_inventory([make_host("here"), host], [vm], networks=networks)
    assert network_moves(inventory, policy, vm, host) == (NetworkMove(source=ref("lan"), destination=ref("lan west")),)
    assert network_moves(inventory, Policy(), vm, host) == ()
