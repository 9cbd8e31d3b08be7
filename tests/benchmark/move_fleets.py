"""Fleets and moves of any size from a seed: crowded hosts that exchange VMs, or hosts that are emptied."""

from dataclasses import dataclass, replace
from random import Random

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.placement.result import Move, Reason
from recommender.policy import Policy
from tests.benchmark.fleet_documents import TAKEN_AT

GIB = 1024
HOST_GIB = 512
VM_GIB = (2, 4, 8, 8, 16, 16, 32, 64, 128)
HOSTS_A_CLUSTER = 20
STORES_A_CLUSTER = 4
POLICY = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An inventory, the moves wanted in it, and the hosts that are emptied."""

    name: str
    inventory: Inventory
    moves: tuple[Move, ...]
    evacuate: tuple[EntityRef, ...] = ()


def exchange(count: int, seed: int) -> Case:
    """``count`` VMs on hosts that are 80 to 93 % full of memory change places within their clusters."""
    draw = Random(f"exchange {count} {seed}")  # noqa: S311  # no secret
    hosts, vms = _fleet(draw, hosts=max(8, count // 10), fill=(0.80, 0.93))
    after = _room(hosts, vms)
    moves: dict[EntityRef, Host] = {}
    order = list(vms)
    draw.shuffle(order)
    # First everybody who moves leaves, then each finds a new place: only the end placement has to fit.
    movers = order[:count]
    for vm in movers:
        after[vm.host] += vm.memory_mib
    for vm in sorted(movers, key=lambda one: -one.memory_mib):
        own = next(host for host in hosts if host.ref == vm.host)
        fits = [h for h in hosts if h.cluster == own.cluster and after[h.ref] >= vm.memory_mib]
        target = draw.choice([h for h in fits if h.ref != vm.host] or [own])
        after[target.ref] -= vm.memory_mib
        moves[vm.ref] = target
    return _case("exchange", hosts, vms, moves, draw)


def evacuation(count: int, seed: int) -> Case:
    """A quarter of the hosts, with about ``count`` VMs, are emptied onto the others, which are 60 to 70 % full."""
    draw = Random(f"evacuation {count} {seed}")  # noqa: S311
    hosts, vms = _fleet(draw, hosts=max(8, round(count / 4.5)), fill=(0.60, 0.70))
    emptied = {host.ref for position, host in enumerate(hosts) if position % 4 == 0}
    after = _room(hosts, vms)
    cluster_of = {host.ref: host.cluster for host in hosts}
    moves: dict[EntityRef, Host] = {}
    for vm in sorted((vm for vm in vms if vm.host in emptied), key=lambda one: -one.memory_mib):
        others = [h for h in hosts if h.cluster == cluster_of[vm.host] and h.ref not in emptied]
        fits = [h for h in others if after[h.ref] >= vm.memory_mib]
        if fits:
            target = max(draw.sample(fits, min(3, len(fits))), key=lambda host: after[host.ref])
            after[target.ref] -= vm.memory_mib
            moves[vm.ref] = target
    stay = {vm.ref for vm in vms if vm.host in emptied} - moves.keys()
    vms = [vm for vm in vms if vm.ref not in stay]
    return replace(_case("evacuation", hosts, vms, moves, draw), evacuate=tuple(sorted(emptied)))


def _case(name: str, hosts: list[Host], vms: list[VirtualMachine], ends: dict[EntityRef, Host], draw: Random) -> Case:
    end = {vm.ref: ends[vm.ref].ref if vm.ref in ends else vm.host for vm in vms}
    # Every rule holds at the start and at the end.
    cluster_of = {host.ref: host.cluster for host in hosts}
    members: dict[EntityRef | None, list[VirtualMachine]] = {}
    for vm in vms:
        members.setdefault(cluster_of[vm.host], []).append(vm)
    pairs = [draw.sample(those, 2) for those in members.values() for _ in range(len(those) // 20)]
    rules = tuple(
        VmAntiAffinityRule(name=f"apart {number}", vms=(one.ref, other.ref))
        for number, (one, other) in enumerate(pairs)
        if one.host != other.host and end[one.ref] != end[other.ref]
    )
    clusters = sorted({host.cluster for host in hosts if host.cluster is not None})
    stores = sorted({store for host in hosts for store in host.datastores})
    inventory = Inventory(
        taken_at=TAKEN_AT,
        hosts=tuple(hosts),
        virtual_machines=tuple(vms),
        clusters=tuple(Cluster(ref=ref, name=ref.moid, datacenter="dc") for ref in clusters),
        datastores=tuple(
            Datastore(ref=ref, name=ref.moid, datacenter="dc", capacity_mib=1 << 30, free_mib=1 << 29) for ref in stores
        ),
        vm_anti_affinity_rules=rules,
    )
    moves = tuple(
        Move(
            vm=vm.ref,
            source=vm.host,
            destination=ends[vm.ref].ref,
            reason=Reason.BALANCE_MEMORY,
            priority=3,
            gain=1.0,
            estimate=estimate_move(inventory, POLICY, vm, ends[vm.ref]),
        )
        for vm in vms
        if vm.ref in ends and ends[vm.ref].ref != vm.host
    )
    return Case(name=name, inventory=inventory, moves=moves)


def _fleet(draw: Random, *, hosts: int, fill: tuple[float, float]) -> tuple[list[Host], list[VirtualMachine]]:
    made = [_host(number, draw) for number in range(hosts)]
    vms: list[VirtualMachine] = []
    for host in made:
        room = int(draw.uniform(*fill) * HOST_GIB)
        while room > 0:
            size = draw.choice([gib for gib in VM_GIB if gib <= max(room, 2)])
            room -= size
            vms.append(_vm(len(vms), host, size, draw))
    return made, vms


def _host(number: int, draw: Random) -> Host:
    cluster = number // HOSTS_A_CLUSTER
    speed = draw.choice((10_000, 10_000, 25_000))
    return Host(
        ref=EntityRef("fleet", f"host-{number:04}"),
        name=f"host-{number:04}",
        datacenter="dc",
        cluster=EntityRef("fleet", f"cluster-{cluster}"),
        cpu_mhz=200_000,
        cores=64,
        memory_mib=HOST_GIB * GIB,
        vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=speed),),
        datastores=tuple(EntityRef("fleet", f"ds-{cluster}-{n}") for n in range(STORES_A_CLUSTER)),
        load=HostLoad(),
    )


def _vm(number: int, host: Host, gib: int, draw: Random) -> VirtualMachine:
    store = draw.choice(host.datastores)
    return VirtualMachine(
        ref=EntityRef("fleet", f"vm-{number:05}"),
        name=f"vm-{number:05}",
        instance_uuid=f"vm-{number:05}",
        host=host.ref,
        power_state=PowerState.POWERED_ON,
        vcpus=2,
        memory_mib=gib * GIB,
        feature_requirements=(),
        disks=(Disk(key=2000, datastore=store, size_mib=40 * GIB),),
        datastores=(store,),
        load=VmLoad(
            cpu_demand_mhz=draw.randint(100, 2000),
            memory_active_mib=int(gib * GIB * draw.uniform(0.02, 0.3)),
            memory_consumed_mib=gib * GIB,
        ),
    )


def _room(hosts: list[Host], vms: list[VirtualMachine]) -> dict[EntityRef, int]:
    room = {host.ref: host.memory_mib * 95 // 100 for host in hosts}
    for vm in vms:
        room[vm.host] -= vm.memory_mib
    return room
