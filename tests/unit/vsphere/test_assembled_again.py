"""What is taken over from the reading before is what would be translated anew; only load may be made by itself."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from recommender.inventory.licence import Licence
from recommender.inventory.reference import EntityRef
from recommender.ports import TaskRef, TaskState, TaskStatus
from recommender.vsphere import assemble
from recommender.vsphere.assemble import Reading, part_of
from recommender.vsphere.extras import Extras
from recommender.vsphere.facts import Facts
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.sources.known import Known
from recommender.vsphere.translation.vm import translate_vm
from tests.unit.vsphere.facts import ABSENT, changed, host_facts, make_facts, vm_facts
from tests.unit.vsphere.test_translation_properties import one_site

LOAD: dict[str, st.SearchStrategy[Any]] = {
    "summary.quickStats.overallCpuUsage": st.integers(0, 9000) | st.just(ABSENT),
    "summary.quickStats.guestMemoryUsage": st.integers(0, 4096) | st.just(ABSENT),
    "summary.quickStats.hostMemoryUsage": st.integers(0, 4096) | st.just(ABSENT),
}
REST: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(("renamed", "vm")),
    "runtime.powerState": st.sampled_from(("poweredOn", "poweredOff", "suspended")),
    "runtime.connectionState": st.sampled_from(("connected", "disconnected")),
    "config.hardware.numCPU": st.integers(1, 4),
    "customValue": st.just(ABSENT),
    "config.guestId": st.just("other"),
}

HOST: dict[str, st.SearchStrategy[Any]] = {
    "summary.quickStats.overallCpuUsage": st.integers(0, 9000) | st.just(ABSENT),
    "runtime.inMaintenanceMode": st.booleans(),
    "runtime.connectionState": st.sampled_from(("connected", "notResponding")),
    "name": st.sampled_from(("renamed", "esx1")),
}

LEFT_OUT = {"runtime.connectionState": "notResponding", "summary.hardware.memorySize": ABSENT}


def reading(*vms: Facts, host: Facts | None = None) -> Reading:
    between = {
        vim.Datacenter: [make_facts("Datacenter", "datacenter-1", name="dc", parent=vim.Folder("group-d1"))],
        vim.Folder: [make_facts("Folder", "group-h1", name="host", parent=vim.Datacenter("datacenter-1"))],
        vim.ComputeResource: [make_facts("ComputeResource", "domain-c1", name="c", parent=vim.Folder("group-h1"))],
        vim.HostSystem: [host or host_facts()],
        vim.VirtualMachine: list(vms),
    }
    facts: dict[Any, Any] = {kind: between.get(kind, []) for kind in EVERYTHING}
    return Reading(vcenter="vc", facts=facts)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=LOAD | REST), max_size=4))
def test_following_is_translating_anew(steps: list[dict[str, Any]]) -> None:
    known = Known()
    facts = vm_facts()
    for step in ({}, *steps):
        facts = changed(facts, step) if step else facts
        followed = part_of(reading(facts), one_site, known)
        assert followed.vms == part_of(reading(facts), one_site).vms


STEPS = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(("vm-1", "vm-2", "vm-3")), st.fixed_dictionaries({}, optional=REST) | st.none()
        ),
        st.dictionaries(st.sampled_from(("vm-1", "vm-2")), st.sampled_from(("CloneVM_Task", "ReconfigVM_Task"))),
        st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_what_has_changed_is_all_that_has_to_be_told(
    steps: list[tuple[dict[str, dict[str, Any] | None], dict[str, str], bool]],
) -> None:
    known, vms = Known(), dict[str, Facts]()
    for number, (touched, busy, is_left_out) in enumerate(steps):
        told: dict[str, Facts | None] = {}
        for moid, change in touched.items():
            before = vms.get(moid) or replace(vm_facts(), moid=moid)
            told[moid] = None if change is None else changed(before, change)
        vms = {moid: facts for moid, facts in (vms | told).items() if facts is not None}
        host = changed(host_facts(), LEFT_OUT if is_left_out else {})
        tasks = tuple(running(EntityRef("vc", moid), operation) for moid, operation in busy.items())
        whole = replace(reading(*vms.values(), host=host), tasks=tasks)
        followed = part_of(replace(whole, changed_vms=told if number else None), one_site, known)
        assert followed.vms == part_of(whole, one_site).vms


def running(entity: EntityRef, operation: str) -> TaskStatus:
    return TaskStatus(
        task=TaskRef("vc", f"task-{entity.moid}"), entity=entity, operation=operation, state=TaskState.RUNNING
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=HOST), max_size=4), st.booleans())
def test_following_a_host_is_translating_it_anew(steps: list[dict[str, Any]], is_licensed: bool) -> None:
    known, facts = Known(), host_facts()
    for step in ({}, *steps):
        facts = changed(facts, step) if step else facts
        licences = {facts.moid: Licence(name="Standard", edition="esx.standard")} if is_licensed and step else {}
        told = replace(reading(vm_facts(), host=facts), extras=Extras(licences=licences))
        assert part_of(told, one_site, known).hosts == part_of(told, one_site).hosts


def test_an_attribute_that_is_renamed_is_renamed_in_vms_that_have_not_changed() -> None:
    known = Known()
    facts = vm_facts(customValue=[vim.CustomFieldsManager.StringValue(key=7, value="gold")])
    for name in ("Tier", "Class"):
        told = replace(reading(facts), extras=Extras(attribute_names={7: name}))
        (vm,) = part_of(told, one_site, known).vms.values()
        assert [attribute.name for attribute in vm.custom_attributes] == [name]


@pytest.mark.parametrize(("path", "value", "times"), [("summary.quickStats.overallCpuUsage", 77, 1), ("name", "x", 2)])
def test_new_load_alone_is_no_new_translation(path: str, value: Any, times: int) -> None:
    known = Known()
    facts = vm_facts()
    with patch.object(assemble, "translate_vm", wraps=translate_vm) as translate:
        (before,) = part_of(reading(facts), one_site, known).vms.values()
        (after,) = part_of(reading(changed(facts, {path: value})), one_site, known).vms.values()
    assert translate.call_count == times
    assert before.ref == after.ref == EntityRef("vc", facts.moid)
    if times == 1:
        assert after == replace(before, load=replace(before.load, cpu_demand_mhz=value))
