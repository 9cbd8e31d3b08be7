"""One generated cluster: hosts of two generations, their storage, VMs and rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.simulation.estate.draft_rules import DraftRule, DraftRules, draft_rules
from recommender.simulation.estate.generated_vms import ordinary_vm, template, vcls_vm
from recommender.simulation.estate.host_models import NEWER, OLDER, CpuGeneration, capabilities, smallest_server
from recommender.simulation.estate.starting_placement import place
from recommender.simulation.estate.surroundings import DATACENTER, Surroundings
from recommender.simulation.estate.vm_drafts import VmDraft, draft_vms

MEAN_CPU_USE: Final = 0.65
MEAN_MEMORY_USE: Final = 0.55
VCLS_VMS: Final = 3
SAN_SHARES: Final = (0.45, 0.35, 0.1, 0.1)  # of VMs on the cluster's two datastores, the shared and the gold one
FRESHLY_BOOTED_SHARE: Final = 0.6  # of VMs on newer hosts that were powered on there


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedCluster:
    """All that belongs to one cluster."""

    cluster: Cluster
    pool: ResourcePool
    hosts: tuple[Host, ...]
    datastores: tuple[Datastore, ...]
    vms: tuple[VirtualMachine, ...]
    affinity: tuple[VmAffinityRule, ...]
    anti_affinity: tuple[VmAntiAffinityRule, ...]
    vm_host: tuple[VmHostRule, ...]


def generate_cluster(
    letter: str, *, hosts: int, vms: int, is_first: bool, shared: Surroundings, draw: np.random.Generator
) -> GeneratedCluster:
    """Cluster ``prod-<letter>``; the first has EVC and one broken rule. Raises ``ValueError`` if the VMs do not fit."""
    cluster, pool = _cluster(letter, shared, has_evc=is_first)
    stores = tuple(shared.new_datastore(f"san-{letter}-{name}") for name in ("01", "02", "gold"))
    drafts = draft_vms(vms, shared.vm_numbers, draw)
    servers = _hosts(letter, hosts, drafts, cluster, stores, shared)
    rules = draft_rules(cluster.name, drafts, servers, [host for host in servers if _generation(host) is NEWER])
    places = place(drafts, servers, rules.with_last_separation_broken() if is_first else rules, draw)

    def made(draft: VmDraft) -> VirtualMachine:
        host, is_free = places[draft.name], draft.name not in rules.vms
        return ordinary_vm(
            draft,
            host,
            booted_on=OLDER if is_first or draw.random() > FRESHLY_BOOTED_SHARE else _generation(host),
            datastore=_datastore(host, stores, shared, draw) if is_free else stores[0].ref,
            pool=pool.ref,
            is_free=is_free,
            shared=shared,
            draw=draw,
        )

    ordinary = [made(draft) for draft in drafts]
    agents = [vcls_vm(host, stores[0].ref, shared, draw) for host in servers[:VCLS_VMS]]
    templates = [template(f"template-{letter}-linux", servers[-1], stores[1].ref, shared, draw)]
    refs = {vm.name: vm.ref for vm in ordinary} | {host.name: host.ref for host in servers}
    return GeneratedCluster(
        cluster=cluster,
        pool=pool,
        hosts=servers,
        datastores=stores,
        vms=(*ordinary, *agents, *templates),
        affinity=tuple(VmAffinityRule(name=rule.name, vms=_refs(rule.vms, refs)) for rule in rules.together),
        anti_affinity=tuple(VmAntiAffinityRule(name=rule.name, vms=_refs(rule.vms, refs)) for rule in rules.apart),
        vm_host=_vm_host_rules(rules, refs),
    )


def _cluster(letter: str, shared: Surroundings, *, has_evc: bool) -> tuple[Cluster, ResourcePool]:
    ref, pool = shared.address("domain-c"), shared.address("resgroup")
    cluster = Cluster(
        ref=ref,
        name=f"prod-{letter}",
        datacenter=DATACENTER,
        root_resource_pool=pool,
        ha_enabled=True,
        evc_mode=OLDER.evc_mode if has_evc else None,
    )
    return cluster, ResourcePool(ref=pool, name="Resources", owner=ref)


def _hosts(
    letter: str,
    count: int,
    vms: Sequence[VmDraft],
    cluster: Cluster,
    stores: Sequence[Datastore],
    shared: Surroundings,
) -> tuple[Host, ...]:
    """The first half older, the second newer; every other one mounts the gold datastore, two in three reach the DMZ."""
    running = [vm for vm in vms if vm.is_powered_on]
    cores, memory_mib = smallest_server(
        sum(vm.cpu_demand_mhz for vm in running) / count / MEAN_CPU_USE,
        sum(vm.memory_mib for vm in running) / count / MEAN_MEMORY_USE,
    )

    def made(index: int) -> Host:
        generation = NEWER if 2 * index >= count else OLDER
        mounted = [shared.datastore, *stores[:2], *(stores[2:] if index % 2 == 0 else ())]
        networks = [shared.production, *([shared.dmz] if index % 3 else ())]
        return Host(
            ref=shared.address("host"),
            name=f"esx-{letter}-{index + 1:02}.example.net",
            datacenter=DATACENTER,
            cluster=cluster.ref,
            cpu_mhz=cores * generation.core_mhz,
            cores=cores,
            memory_mib=memory_mib,
            feature_capabilities=capabilities(generation),
            max_evc_mode=generation.evc_mode,
            vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=generation.link_mbit_s),),
            datastores=tuple(sorted(store.ref for store in mounted)),
            networks=tuple(sorted(network.ref for network in networks)),
        )

    return tuple(made(index) for index in range(count))


def _generation(host: Host) -> CpuGeneration:
    return NEWER if host.max_evc_mode == NEWER.evc_mode else OLDER


def _datastore(host: Host, stores: Sequence[Datastore], shared: Surroundings, draw: np.random.Generator) -> EntityRef:
    main, second, gold = (store.ref for store in stores)
    chosen = (main, second, shared.datastore.ref, gold)[int(draw.choice(len(SAN_SHARES), p=SAN_SHARES))]
    return chosen if chosen in host.datastores else main


def _refs(names: Sequence[str], refs: Mapping[str, EntityRef]) -> tuple[EntityRef, ...]:
    return tuple(refs[name] for name in names)


def _vm_host_rules(rules: DraftRules, refs: Mapping[str, EntityRef]) -> tuple[VmHostRule, ...]:
    def made(rule: DraftRule, *, is_mandatory: bool) -> VmHostRule:
        return VmHostRule(
            name=rule.name, vms=_refs(rule.vms, refs), hosts=_refs(rule.hosts, refs), is_mandatory=is_mandatory
        )

    return (
        *(made(rule, is_mandatory=True) for rule in rules.must),
        *(made(rule, is_mandatory=False) for rule in rules.should),
    )
