"""What of hosts' networks endangers migrations is told once for each cluster, and what is as it should be is not."""

from typing import Any

from pyVmomi import vim

from recommender.inventory.finding import Finding
from recommender.vsphere.examination.network_findings import notify_findings, vmotion_findings
from recommender.vsphere.facts import Facts
from tests.inventories import ref
from tests.unit.vsphere.facts import (
    ABSENT,
    changed,
    host_facts,
    make_facts,
    net_config,
    physical_nic,
    port_group,
    vmkernel,
)

CLUSTERS = {ref("domain-c1"): "blue"}


def host(name: str, *, mbit_s: int = 10_000, mtu: int | None = 9000, **changes: Any) -> Facts:
    adapter = vmkernel("vmk1", "vMotion")
    adapter.spec.mtu = mtu
    facts = host_facts(
        name=name,
        config__virtualNicManagerInfo__netConfig=[net_config("vmotion", [adapter], ["vmk1"])],
        config__network__pnic=[physical_nic("vmnic2", mbit_s), physical_nic("vmnic3", mbit_s)],
        **changes,
    )
    return Facts(facts.vcenter, facts.kind, f"host-{name}", facts.values)


def told(*hosts: Facts) -> list[str]:
    return [f"{found.subject}: {found.told}" for found in vmotion_findings(hosts, CLUSTERS)]


def test_hosts_that_are_alike_are_not_told_of() -> None:
    assert told(host("a"), host("b")) == []


def test_different_speeds_and_sizes_in_a_cluster_are_told() -> None:
    assert told(host("a"), host("b", mbit_s=1000), host("c", mtu=1500)) == [
        "blue: the link speed of vMotion adapters differs: 1,000 Mbit/s on b; 10,000 Mbit/s on a, c",
        "blue: the MTU of vMotion adapters differs: 1,500 bytes on c; 9,000 bytes on a, b",
    ]


def test_hosts_without_an_adapter_are_told_unless_they_stand_alone() -> None:
    none = {"config__virtualNicManagerInfo__netConfig": ABSENT, "summary__config__vmotionEnabled": False}
    without = host_facts(name="c", **none)
    assert told(host("a"), without) == ["c: 1 hosts have no vMotion adapter: no running VM can leave or enter them"]
    assert told(changed(without, {"parent": vim.ComputeResource("domain-s1")})) == []


def test_adapters_that_are_not_told_are_told_as_that() -> None:
    untold = host_facts(name="c", config__virtualNicManagerInfo__netConfig=ABSENT)
    assert told(untold) == ["c: vMotion adapters of 1 hosts are not told: nothing is moved to or from them"]


def test_hosts_that_are_not_connected_are_left_out() -> None:
    assert told(host("a"), host("b", mbit_s=1000, runtime__connectionState="notResponding")) == []


def silent(group: Any, *, notifies: bool | None) -> Any:
    group.computedPolicy = vim.host.NetworkPolicy(nicTeaming=vim.host.NetworkPolicy.NicTeamingPolicy())
    group.computedPolicy.nicTeaming.notifySwitches = notifies
    return group


def notify(hosts: list[Facts], groups: list[Facts]) -> list[Finding]:
    return list(notify_findings(hosts, groups))


def distributed(name: str, *, notifies: bool | None, is_uplink: bool = False) -> Facts:
    port = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy()
    port.uplinkTeamingPolicy = vim.dvs.VmwareDistributedVirtualSwitch.UplinkPortTeamingPolicy(inherited=False)
    port.uplinkTeamingPolicy.notifySwitches = vim.BoolPolicy(inherited=False, value=notifies)
    return make_facts(
        "dvs.DistributedVirtualPortgroup", name, name=name, config__defaultPortConfig=port, config__uplink=is_uplink
    )


def test_networks_that_do_not_notify_switches_are_told_once() -> None:
    hosts = [
        host_facts(
            config__network__portgroup=[
                silent(port_group("VM Network", "vSwitch0"), notifies=False),
                silent(port_group("good", "vSwitch0"), notifies=True),
                silent(port_group("untold", "vSwitch0"), notifies=None),
            ]
        )
    ] * 2
    groups = [
        distributed("dv", notifies=False),
        distributed("dv-good", notifies=True),
        distributed("dv-untold", notifies=None),
        distributed("uplinks", notifies=False, is_uplink=True),
    ]
    (found,) = notify(hosts, groups)
    assert found.subject == "VM Network, dv"
    assert found.told.startswith("2 networks have Notify Switches off")
    assert notify([host_facts()], groups[1:3]) == []
