"""What is asked of a cluster for a VM that has come, and what is left as it is, with the reason."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.planning.kept_settings import KeptHostRule, KeptRule, KeptSettings, KeptVm
from recommender.vsphere.kept_changes import Present, Wanted, spec_of, told_of, wanted_of
from tests.inventories import ref

A, B = KeptVm(ref("vm-1"), "uuid-1"), KeptVm(ref("vm-2"), "uuid-2")
PRESENT = Present(vms={A: "vm-1", B: "vm-2"}, host="host-1")
APART = KeptSettings(vm=A, rules=(KeptRule(name="apart", vms=(A, B), is_affine=False),))
GROUPS = KeptSettings(vm=A, groups=("dbs",))
NEAR = KeptSettings(
    vm=A,
    groups=("dbs",),
    host_rules=(KeptHostRule(name="near", vm_group="dbs", host_group="rack", is_affine=True, is_mandatory=True),),
)
OVERRIDES = KeptSettings(vm=A, drs_behavior=VmDrsBehavior.DISABLED, ha_restart_priority="high")


def cluster(**values: Any) -> Any:
    empty: dict[str, Any] = {"rule": [], "group": [], "drsVmConfig": [], "dasVmConfig": []}
    return vim.cluster.ConfigInfoEx(**(empty | values))


def apart(*vms: str, enabled: bool = True, kind: Any = vim.cluster.AntiAffinityRuleSpec) -> Any:
    return kind(key=7, name="apart", enabled=enabled, vm=[vim.VirtualMachine(vm) for vm in vms])


def vms(*names: str, name: str = "dbs") -> Any:
    return vim.cluster.VmGroup(name=name, vm=[vim.VirtualMachine(vm) for vm in names])


def rack(*names: str) -> Any:
    return vim.cluster.HostGroup(name="rack", host=[vim.HostSystem(host) for host in names])


def near(*, mandatory: bool = True, enabled: bool = True, hosts: str = "rack") -> Any:
    return vim.cluster.VmHostRuleInfo(
        name="near", enabled=enabled, mandatory=mandatory, vmGroupName="dbs", affineHostGroupName=hosts
    )


def drs(behavior: str) -> Any:
    return vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine("vm-1"), enabled=True, behavior=behavior)


def told(kept: KeptSettings, configuration: Any) -> list[str]:
    """Where nothing was changed yet."""
    wanted = wanted_of(kept, PRESENT, configuration)
    return list(told_of(wanted, wanted, "vCenter refused"))


@pytest.mark.parametrize(
    ("kept", "there", "words"),
    [
        (APART, {"rule": [apart("vm-1", "vm-2", "vm-9")]}, "is in the cluster"),
        (APART, {"rule": [apart("vm-1", "vm-2", enabled=False)]}, "is switched off in this cluster, and left so"),
        (APART, {"rule": [apart("vm-1", kind=vim.cluster.AffinityRuleSpec)]}, "is another one in this cluster"),
        (APART, {}, "could not be re-created: vCenter refused"),
        (GROUPS, {"group": [vms("vm-1")]}, "is in the cluster"),
        (GROUPS, {"group": [vim.cluster.HostGroup(name="dbs")]}, "is one of hosts in this cluster"),
        (
            GROUPS,
            {"group": [vms("vm-9"), rack("host-2")], "rule": [near()]},
            "is not entered: its rule 'near' in this cluster forbids the VM's host",
        ),
        (NEAR, {}, "could not be re-created: the cluster has no host group 'rack'"),
        (NEAR, {"group": [rack("host-2")]}, "is not re-created: it forbids the host on which the VM is"),
        (NEAR, {"group": [vms("vm-1"), rack("host-1")], "rule": [near()]}, "is in the cluster"),
        (NEAR, {"group": [vms("vm-1"), rack("host-1")], "rule": [near(enabled=False)]}, "is switched off"),
        (NEAR, {"group": [vms("vm-1"), rack("host-1")], "rule": [near(hosts="other")]}, "is another one"),
        (OVERRIDES, {"drsVmConfig": [drs("manual")]}, "its DRS override (disabled) is another one in this cluster"),
    ],
)
def test_what_is_told_of_each(kept: KeptSettings, there: dict[str, Any], words: str) -> None:
    assert any(words in line for line in told(kept, cluster(**there))), told(kept, cluster(**there))


def test_everything_is_asked_for_in_one_spec() -> None:
    kept = KeptSettings(
        vm=A,
        rules=APART.rules,
        groups=NEAR.groups,
        host_rules=NEAR.host_rules,
        drs_behavior=VmDrsBehavior.DISABLED,
        ha_restart_priority="high",
    )
    there = cluster(rule=[apart("vm-2")], group=[rack("host-1")])
    spec: Any = spec_of(wanted_of(kept, PRESENT, there))
    edited, added = spec.rulesSpec
    assert (edited.operation, edited.info.key, [vm._moId for vm in edited.info.vm]) == ("edit", 7, ["vm-1", "vm-2"])
    assert (added.operation, added.info.affineHostGroupName, added.info.mandatory) == ("add", "rack", True)
    assert [one.info.name for one in spec.groupSpec] == ["dbs"]
    assert [(one.info.enabled, one.info.behavior) for one in spec.drsVmConfigSpec] == [(False, None)]
    assert [one.info.dasSettings.restartPriority for one in spec.dasVmConfigSpec] == ["high"]


def test_what_has_an_obstacle_is_not_asked_for() -> None:
    blocked = Wanted(what="it", change=(("rulesSpec", vim.cluster.RuleSpec(operation="add")),), obstacle="may not be")
    assert not spec_of([blocked]).rulesSpec
