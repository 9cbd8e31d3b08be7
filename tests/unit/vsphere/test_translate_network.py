"""Networks: VLAN, switch and Notify Switches, told only where all hosts agree."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.network import Network, NetworkKind
from recommender.vsphere.translation.network import networks_of
from tests.unit.vsphere.facts import host_facts, make_facts, places

PortConfig = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy
Dvs = vim.dvs.VmwareDistributedVirtualSwitch


def host(vlan: int, *, notifies: bool | None) -> Any:
    teaming = vim.host.NetworkPolicy.NicTeamingPolicy(notifySwitches=notifies)
    specification = vim.host.PortGroup.Specification(
        name="dmz", vlanId=vlan, vswitchName="vSwitch0", policy=vim.host.NetworkPolicy()
    )
    group = vim.host.PortGroup(key="dmz", spec=specification, computedPolicy=vim.host.NetworkPolicy(nicTeaming=teaming))
    return host_facts(config__network__portgroup=[group])


def the_network(kind: str = "Network", hosts: Any = (), **facts: Any) -> Network:
    network = make_facts(kind, "network-1", name="dmz", parent=vim.Folder("group-h1"))
    of_kind = {
        vim.Network: [network],
        vim.HostSystem: list(hosts),
        vim.dvs.DistributedVirtualPortgroup: [],
        vim.OpaqueNetwork: [],
        vim.DistributedVirtualSwitch: [make_facts("DistributedVirtualSwitch", "dvs-1", uuid="50 1f")],
        **facts.get("also", {}),
    }
    (found,) = networks_of(of_kind, places())
    return found


@pytest.mark.parametrize(
    ("hosts", "vlan", "notifies"),
    [
        ([host(10, notifies=True), host(10, notifies=True)], "10", True),
        ([host(10, notifies=True), host(20, notifies=True)], None, True),
        ([host(10, notifies=True), host(10, notifies=False)], "10", False),
        ([host(10, notifies=True), host(10, notifies=None)], "10", None),
        ([], None, None),
    ],
)
def test_a_standard_network_is_what_all_hosts_say(hosts: Any, vlan: str | None, *, notifies: bool | None) -> None:
    network = the_network(hosts=hosts)
    assert (network.kind, network.vlan, network.notifies_switches) == (NetworkKind.STANDARD, vlan, notifies)


@pytest.mark.parametrize(
    ("spec", "vlan"),
    [
        (Dvs.VlanIdSpec(vlanId=7, inherited=False), "7"),
        (Dvs.TrunkVlanSpec(vlanId=[vim.NumericRange(start=1, end=5), vim.NumericRange(start=9, end=9)]), "1-5,9-9"),
        (Dvs.PvlanSpec(pvlanId=10), "pvlan 10"),
        (None, None),
    ],
)
def test_a_distributed_one_names_its_switch_and_vlan(spec: Any, vlan: str | None) -> None:
    port_group = make_facts(
        "DistributedVirtualPortgroup",
        "network-1",
        config__distributedVirtualSwitch=vim.DistributedVirtualSwitch("dvs-1"),
        config__defaultPortConfig=PortConfig(vlan=spec),
        config__uplink=True,
    )
    network = the_network(also={vim.dvs.DistributedVirtualPortgroup: [port_group]})
    assert (network.kind, network.vlan, network.switch_uuid) == (NetworkKind.DISTRIBUTED, vlan, "50 1f")
    assert network.is_uplink


def test_an_opaque_one_is_known_by_its_segment() -> None:
    summary = vim.OpaqueNetwork.Summary(
        name="dmz", accessible=True, ipPoolName="", opaqueNetworkId="segment-1", opaqueNetworkType="nsx.LogicalSwitch"
    )
    opaque = make_facts("OpaqueNetwork", "network-1", summary=summary)
    network = the_network(also={vim.OpaqueNetwork: [opaque]})
    assert (network.kind, network.switch_uuid) == (NetworkKind.OPAQUE, "segment-1")
