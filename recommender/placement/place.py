"""Placing VMs that are named or described: the best host for each, all other VMs where they are.

A new VM waits on a host that does not exist, which is evacuated: so every rule and every cost is asked as ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.base import Violation
from recommender.constraints.failover_capacity import FailoverCapacity, shortage_without
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.diagnosis import Diagnosis, diagnose
from recommender.placement.new_disks import MOST_TRIES, NewDisks
from recommender.placement.new_vm import NewVm
from recommender.placement.place_pairs import with_pairs
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.solve import solve

NOWHERE: Final = "new:nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedVm:
    """``host`` is ``None`` for a new VM that found none. ``datastores``: of each disk in turn, ``None``: not chosen."""

    vm: EntityRef
    is_new: bool
    host: EntityRef | None
    datastores: tuple[EntityRef | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswer:
    """``question`` has the new VMs in its inventory, waiting on ``NOWHERE``."""

    question: PlacementRequest
    result: PlacementResult
    placed: tuple[PlacedVm, ...]
    diagnosis: Diagnosis | None


def place(request: PlacementRequest, existing: Sequence[EntityRef], new: Sequence[NewVm]) -> PlaceAnswer:
    """The best places for VMs that are there and for new ones."""
    disks = NewDisks(request.inventory, request.policy, new)
    for position in range(len(new)):
        disks.try_next(position)
    question = _question(request, existing, disks)
    result = solve(question)
    for _ in range(MOST_TRIES * len(new)):
        waiting = [position for position, vm in enumerate(new) if _is_waiting(question, result, vm)]
        changed = [position for position in waiting if disks.try_next(position)]
        if not changed:
            break
        question = _question(request, existing, disks)
        result = solve(question)
    result = _with_ha(question, with_pairs(question, result, existing))
    return PlaceAnswer(
        question=question,
        result=result,
        placed=tuple(_placed(question, result, existing, disks)),
        diagnosis=_without_nowhere(diagnose(question, result)),
    )


def _question(request: PlacementRequest, existing: Sequence[EntityRef], disks: NewDisks) -> PlacementRequest:
    inventory, new = request.inventory, disks.new
    if not inventory.hosts or not new:
        return replace(request, goal=Goal.PLACE, to_place=frozenset(existing))
    vcenter = inventory.hosts[0].ref.vcenter
    missing = [disks.missing(position, vcenter) for position in range(len(new))]
    stores = (*inventory.datastores, *(store for store in missing if store is not None))
    nowhere = _nowhere(inventory, stores)
    made = []
    for position, vm in enumerate(new):
        lacking = missing[position]
        places = (store or (lacking.ref if lacking else None) for store in disks.stores_of(position))
        made.append(vm.at(nowhere.ref, tuple(place for place in places if place is not None)))
    refs = frozenset(vm.ref for vm in made)
    bound = tuple(
        VmHostRule(name=f"hosts of {vm.name}", vms=(vm.ref(vcenter),), hosts=vm.hosts) for vm in new if vm.hosts
    )
    return replace(
        request,
        goal=Goal.PLACE,
        inventory=replace(
            inventory,
            hosts=(*inventory.hosts, nowhere),
            datastores=stores,
            virtual_machines=(*inventory.virtual_machines, *made),
            vm_host_rules=(*inventory.vm_host_rules, *bound),
        ),
        evacuate=(nowhere.ref,),
        to_place=frozenset(existing) | refs,
        started=refs,
        newcomers=refs,
    )


def _nowhere(inventory: Inventory, stores: Sequence[Datastore]) -> Host:
    model = inventory.hosts[0]
    return replace(
        model,
        ref=EntityRef(model.ref.vcenter, NOWHERE),
        name="nowhere yet",
        cluster=None,
        cpu_mhz=0,
        cores=0,
        memory_mib=0,
        is_powered_on=False,
        datastores=tuple(store.ref for store in stores),
        networks=tuple(network.ref for network in inventory.networks),
    )


def _is_waiting(question: PlacementRequest, result: PlacementResult, vm: NewVm) -> bool:
    moved = {move.vm for move in result.moves}
    return any(ref not in moved and question.inventory.vm(ref).name == vm.name for ref in question.newcomers)


def _with_ha(question: PlacementRequest, result: PlacementResult) -> PlacementResult:
    """Each by itself leaves HA its reserve; whether all of them together do is seen at the end."""
    start = question.inventory
    end = inventory_after(start, result.moves)
    broken = tuple(
        Violation(constraint=FailoverCapacity.name, vms=entering, host=None, reason=f"{cluster.name}: {shortage}")
        for cluster in start.clusters
        if (entering := _entering(end, cluster.ref, question.newcomers))
        and (shortage := shortage_without(end, cluster, frozenset())) is not None
    )
    if not broken or FailoverCapacity.name in question.without_constraints:
        return result
    remaining = (*result.remaining_violations, *broken)
    return replace(result, status=SolveStatus.OUT_OF_TIME, bound=None, remaining_violations=remaining)


def _entering(end: Inventory, cluster: EntityRef, newcomers: frozenset[EntityRef]) -> tuple[EntityRef, ...]:
    return tuple(ref for ref in sorted(newcomers) if end.host(end.vm(ref).host).cluster == cluster)


def _placed(
    question: PlacementRequest, result: PlacementResult, existing: Sequence[EntityRef], disks: NewDisks
) -> Iterator[PlacedVm]:
    to = {move.vm: move.destination for move in result.moves}
    end = inventory_after(question.inventory, result.moves)
    for ref in existing:
        vm = end.vm(ref)
        stores = tuple(disk.datastore for disk in vm.disks)
        yield PlacedVm(vm=ref, is_new=False, host=vm.host, datastores=stores)
    for position, described in enumerate(disks.new):
        ref = described.ref(question.inventory.hosts[0].ref.vcenter if question.inventory.hosts else "")
        yield PlacedVm(vm=ref, is_new=True, host=to.get(ref), datastores=disks.stores_of(position))


def _without_nowhere(diagnosis: Diagnosis | None) -> Diagnosis | None:
    """That a new VM may not stay nowhere goes without saying."""
    if diagnosis is None:
        return None
    members = tuple(one for one in diagnosis.conflict.members if not (one.host and one.host.moid == NOWHERE))
    return replace(diagnosis, conflict=replace(diagnosis.conflict, members=members))
