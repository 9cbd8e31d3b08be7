"""Overrides and settings of a cluster become ours."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.ports import TaskRef, TaskState, TaskStatus
from recommender.vsphere.facts import Facts
from recommender.vsphere.migrations_in_flight import busy_with
from recommender.vsphere.translation.cluster import Rules, add_rules, translate_cluster, vm_drs_behaviors
from tests.inventories import VCENTER, ref
from tests.unit.vsphere.facts import make_facts, places


def cluster_facts(**configuration: Any) -> Facts:
    return make_facts(
        "ClusterComputeResource",
        "domain-c1",
        name="blue",
        parent=vim.Folder("group-h1"),
        configurationEx=vim.cluster.ConfigInfoEx(**configuration),
    )


def override(vm: str, **values: Any) -> Any:
    return vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine(vm), **values)


def test_overrides_are_told_by_vm() -> None:
    facts = cluster_facts(
        drsVmConfig=[
            override("vm-1", enabled=False),
            override("vm-2", enabled=False, behavior="fullyAutomated"),
            override("vm-3", enabled=True, behavior="manual"),
            override("vm-4", behavior="partiallyAutomated"),
            override("vm-5"),
        ]
    )
    assert vm_drs_behaviors(facts) == {
        ref("vm-1"): VmDrsBehavior.DISABLED,
        ref("vm-2"): VmDrsBehavior.DISABLED,
        ref("vm-3"): VmDrsBehavior.MANUAL,
        ref("vm-4"): VmDrsBehavior.PARTIALLY_AUTOMATED,
    }


def test_a_cluster_without_overrides_has_none() -> None:
    assert vm_drs_behaviors(cluster_facts()) == {}


@pytest.mark.parametrize(("rate", "threshold"), [(5, 1), (3, 3), (1, 5), (None, None)])
def test_the_migration_threshold_is_that_of_the_client(rate: int | None, threshold: int | None) -> None:
    facts = cluster_facts(drsConfig=vim.cluster.DrsConfigInfo(enabled=True, vmotionRate=rate))
    assert translate_cluster(facts, places()).drs_migration_threshold == threshold


def test_admission_control_is_told_by_its_policy() -> None:
    def told(policy: Any, **ha: Any) -> AdmissionControl | None:
        values = {"enabled": True, "admissionControlEnabled": True, "admissionControlPolicy": policy, **ha}
        facts = cluster_facts(dasConfig=vim.cluster.DasConfigInfo(**values))
        return translate_cluster(facts, places()).admission_control

    percent = vim.cluster.FailoverResourcesAdmissionControlPolicy(
        cpuFailoverResourcesPercent=25, memoryFailoverResourcesPercent=33
    )
    assert told(percent) == AdmissionControl(
        policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=25, memory_percent=33
    )
    assert told(percent, enabled=False) is None
    assert told(percent, admissionControlEnabled=False) is None
    slots = vim.cluster.FailoverLevelAdmissionControlPolicy(failoverLevel=2)
    assert told(slots) == AdmissionControl(policy=AdmissionPolicy.SLOTS, host_failures=2)
    slots.slotPolicy = vim.cluster.FixedSizeSlotPolicy(cpu=500, memory=1024)
    assert told(slots) == AdmissionControl(
        policy=AdmissionPolicy.SLOTS, host_failures=2, slot_cpu_mhz=500, slot_memory_mib=1024
    )
    hosts = vim.cluster.FailoverHostAdmissionControlPolicy(failoverHosts=[vim.HostSystem("host-9")])
    assert told(hosts) == AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("host-9"),))
    assert told(None) is None


def test_a_vm_is_busy_with_a_task_that_changes_it_but_migrations_and_checks_are_none_of_those() -> None:
    def task(vm: str, operation: str) -> TaskStatus:
        return TaskStatus(
            task=TaskRef(VCENTER, f"task-{vm}"), entity=ref(vm), operation=operation, state=TaskState.RUNNING
        )

    tasks = [
        task("vm-1", "VirtualMachine.createSnapshot"),
        task("vm-2", "RelocateVM_Task"),
        task("vm-3", "VirtualMachineProvisioningChecker.checkRelocate"),
        task("vm-4", ""),
    ]
    assert busy_with(tasks) == {ref("vm-1"): "VirtualMachine.createSnapshot", ref("vm-4"): "a task"}


def test_of_rules_that_contradict_each_other_the_older_is_read() -> None:
    vms = [vim.VirtualMachine(f"vm-{number}") for number in (1, 2)]
    facts = cluster_facts(
        rule=[
            vim.cluster.AntiAffinityRuleSpec(key=9, name="apart", enabled=True, vm=vms),
            vim.cluster.AffinityRuleSpec(key=4, name="together", enabled=True, vm=vms),
            vim.cluster.AffinityRuleSpec(key=2, name="off", enabled=False, vm=vms),
        ]
    )
    rules = Rules()
    overruled = add_rules(rules, facts, frozenset({ref("vm-1"), ref("vm-2")}), frozenset())
    assert [rule.name for rule in rules.vm_affinity] == ["together"]
    assert rules.vm_anti_affinity == []
    assert overruled == ("apart",)
