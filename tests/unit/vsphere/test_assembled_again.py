"""What is taken over from the reading before is what would be translated anew; only load may be made by itself."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.vsphere import assemble
from recommender.vsphere.assemble import KnownVms, Reading, part_of
from recommender.vsphere.facts import Facts
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.translate_vm import translate_vm
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


def reading(*vms: Facts) -> Reading:
    between = {
        vim.Datacenter: [make_facts("Datacenter", "datacenter-1", name="dc", parent=vim.Folder("group-d1"))],
        vim.Folder: [make_facts("Folder", "group-h1", name="host", parent=vim.Datacenter("datacenter-1"))],
        vim.ComputeResource: [make_facts("ComputeResource", "domain-c1", name="c", parent=vim.Folder("group-h1"))],
        vim.HostSystem: [host_facts()],
        vim.VirtualMachine: list(vms),
    }
    facts: dict[Any, Any] = {kind: between.get(kind, []) for kind in EVERYTHING}
    return Reading(vcenter="vc", facts=facts)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=LOAD | REST), max_size=4))
def test_following_is_translating_anew(steps: list[dict[str, Any]]) -> None:
    known: KnownVms = {}
    facts = vm_facts()
    for step in ({}, *steps):
        facts = changed(facts, step) if step else facts
        followed = part_of(reading(facts), one_site, known)
        assert followed.vms == part_of(reading(facts), one_site).vms


@pytest.mark.parametrize(("path", "value", "times"), [("summary.quickStats.overallCpuUsage", 77, 1), ("name", "x", 2)])
def test_new_load_alone_is_no_new_translation(path: str, value: Any, times: int) -> None:
    known: KnownVms = {}
    facts = vm_facts()
    with patch.object(assemble, "translate_vm", wraps=translate_vm) as translate:
        (before,) = part_of(reading(facts), one_site, known).vms.values()
        (after,) = part_of(reading(changed(facts, {path: value})), one_site, known).vms.values()
    assert translate.call_count == times
    assert before.ref == after.ref == EntityRef("vc", facts.moid)
    if times == 1:
        assert after == replace(before, load=replace(before.load, cpu_demand_mhz=value))
