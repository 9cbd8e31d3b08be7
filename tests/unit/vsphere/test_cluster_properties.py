"""Whatever vCenter leaves out of clusters, networks and pools, or people call them: translated, or it is named."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore_cluster import DatastoreCluster
from recommender.vsphere.facts import unescaped
from recommender.vsphere.translation.cluster import Rules, add_rules, translate_cluster, translate_resource_pool
from recommender.vsphere.translation.datastore_cluster import translate_datastore_cluster
from recommender.vsphere.translation.network import networks_of
from tests.inventories import ref
from tests.unit.vsphere.bound_world import bound_world, cluster
from tests.unit.vsphere.facts import ABSENT, changed, host_facts, make_facts, places
from tests.unit.vsphere.test_translation_properties import attempted, odd


def made(kind: Any) -> Any:
    """What makes one, with only what is told."""
    return lambda **values: kind(**{name: value for name, value in values.items() if value is not None})


NAMES = st.none() | st.text()
NUMBERS, FLAGS = st.integers(0, 9), st.none() | st.booleans()
VMS = st.lists(st.sampled_from(("vm-1", "vm-2", "vm-gone")).map(vim.VirtualMachine), min_size=1, max_size=3)
HOSTS = st.lists(st.sampled_from(("host-1", "x")).map(vim.HostSystem), max_size=2)
GROUPS = st.lists(
    st.builds(made(vim.cluster.VmGroup), name=NAMES, vm=VMS)
    | st.builds(made(vim.cluster.HostGroup), name=NAMES, host=HOSTS),
    max_size=3,
)
RULES = st.lists(
    st.builds(made(vim.cluster.AffinityRuleSpec), key=NUMBERS, name=NAMES, enabled=FLAGS, vm=VMS)
    | st.builds(made(vim.cluster.AntiAffinityRuleSpec), key=NUMBERS, name=NAMES, enabled=FLAGS, vm=VMS)
    | st.builds(
        made(vim.cluster.VmHostRuleInfo),
        key=NUMBERS,
        name=NAMES,
        enabled=FLAGS,
        mandatory=FLAGS,
        vmGroupName=NAMES,
        affineHostGroupName=NAMES,
        antiAffineHostGroupName=NAMES,
    ),
    max_size=4,
)
POLICIES = st.none() | st.sampled_from(
    (
        vim.cluster.FailoverResourcesAdmissionControlPolicy(),
        vim.cluster.FailoverLevelAdmissionControlPolicy(),
        vim.cluster.FailoverHostAdmissionControlPolicy(),
        vim.cluster.FailoverLevelAdmissionControlPolicy(slotPolicy=vim.cluster.SlotPolicy()),
    )
)
DRS = st.builds(made(vim.cluster.DrsConfigInfo), enabled=FLAGS, vmotionRate=st.none() | st.integers(1, 5))
HA = st.builds(
    made(vim.cluster.DasConfigInfo), enabled=FLAGS, admissionControlEnabled=FLAGS, admissionControlPolicy=POLICIES
)
CONFIGURATIONS = st.builds(made(vim.cluster.ConfigInfoEx), drsConfig=DRS, dasConfig=HA, group=GROUPS, rule=RULES)
ODD_CLUSTER = {"name": st.text(min_size=1), "configurationEx": CONFIGURATIONS, "summary": st.none()}


@settings(max_examples=100, deadline=None)
@given(odd(cluster(), ODD_CLUSTER))
def test_a_cluster_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    found = attempted(lambda: translate_cluster(facts, places()))
    if isinstance(found, str):
        assert "did not tell" in found
        return
    assert isinstance(found, Cluster)
    assert found.name == unescaped(facts.get("name"))
    here, hosts, rules = frozenset({ref("vm-1"), ref("vm-2")}), frozenset({ref("host-1")}), Rules()
    add_rules(rules, facts, here, hosts)
    members = [
        vm for kind in (rules.vm_affinity, rules.vm_anti_affinity, rules.vm_host) for one in kind for vm in one.vms
    ]
    assert here.issuperset(members), "VMs that are gone are in no rule"


ODD_POOL = {
    "name": st.text(min_size=1),
    "config.cpuAllocation.reservation": st.integers(0, 2**63 - 1),
    "config.cpuAllocation.limit": st.integers(-1, 2**63 - 1),
}
POOL = make_facts("ResourcePool", "resgroup-1", name="gold", owner=vim.ClusterComputeResource("domain-c1"))


@settings(max_examples=40, deadline=None)
@given(odd(POOL, ODD_POOL))
def test_a_pool_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    found = attempted(lambda: translate_resource_pool(facts, frozenset()))
    assert isinstance(found, ResourcePool) or "did not tell" in found


ODD_POD = {"name": st.text(min_size=1), "podStorageDrsEntry": st.none()}
POD = make_facts("StoragePod", "group-p1", name="gold", parent=vim.Folder("group-h1"))


@settings(max_examples=30, deadline=None)
@given(odd(POD, ODD_POD))
def test_a_datastore_cluster_is_translated_or_what_it_lacks_is_named(facts: Any) -> None:
    found = attempted(lambda: translate_datastore_cluster(facts, places()))
    assert isinstance(found, DatastoreCluster) or "did not tell" in found


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1),
    st.sets(st.sampled_from(("config.distributedVirtualSwitch", "config.defaultPortConfig", "config.uplink", "uuid"))),
    st.booleans(),
)
def test_networks_are_told_apart_whatever_is_missing(name: str, missing: set[str], has_summary: bool) -> None:
    world = bound_world()
    absent = dict.fromkeys(missing, ABSENT)
    for kind in (vim.dvs.DistributedVirtualPortgroup, vim.DistributedVirtualSwitch):
        world[kind] = [changed(facts, absent) for facts in world[kind]]
    if not has_summary:
        world[vim.OpaqueNetwork] = [changed(facts, {"summary": ABSENT}) for facts in world[vim.OpaqueNetwork]]
    world[vim.Network] = [changed(facts, {"name": name}) for facts in world[vim.Network]]
    world[vim.HostSystem] = [host_facts()]
    found = list(networks_of(world, places()))
    assert {network.ref for network in found} == {facts.ref for facts in world[vim.Network]}
    assert {network.name for network in found} == {unescaped(name)}
    distributed = next(network for network in found if network.ref == ref("dvportgroup-1"))
    assert (distributed.notifies_switches is None) == ("config.defaultPortConfig" in missing), "never taken for granted"
