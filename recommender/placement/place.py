"""Placing VMs that are named or described: the best host for each, all other VMs where they are.

A new VM waits on a host that does not exist, which is evacuated: so every rule and every cost is asked as ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.base import Violation
from recommender.constraints.failover_capacity import FailoverCapacity, shortage_without
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.conflicts.diagnosis import Diagnosis, diagnose
from recommender.placement.free_vms import free_vms
from recommender.placement.joint.parts import UNMADE
from recommender.placement.new_disks import NewDisks
from recommender.placement.new_vm import FIRST_DISK_KEY, NewVm
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve
from recommender.placement.unplaceable import unplaceable_of

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
    """The best places for VMs that are there and for new ones: hosts and datastores together, for all at once."""
    question = question_of(request, existing, new)
    result = _with_ha(question, solve(question))
    diagnosis = _without_nowhere(diagnose(question, result))
    chosen = {move.vm: {disk.disk_key: disk.destination for disk in move.disk_moves} for move in result.moves}
    disks = NewDisks(question.inventory, request.policy, new, chosen)
    told = replace(question, inventory=disks.told())
    made = question.newcomers
    moves = tuple(replace(move, disk_moves=()) if move.vm in made else move for move in result.moves)
    result = replace(result, moves=moves)
    if result.unplaceable:
        rules = rules_asked(told)
        end = inventory_after(told.inventory, moves)
        result = replace(result, unplaceable=unplaceable_of(rules, free_vms(told, rules), end))
    return PlaceAnswer(
        question=told, result=result, placed=tuple(_placed(told, result, existing, disks)), diagnosis=diagnosis
    )


def question_of(request: PlacementRequest, existing: Sequence[EntityRef], new: Sequence[NewVm]) -> PlacementRequest:
    """The question with the new VMs in it, waiting on ``NOWHERE``, their disks where none is made yet."""
    inventory = request.inventory
    if not inventory.hosts or not new:
        return replace(request, goal=Goal.PLACE, to_place=frozenset(existing))
    vcenter = inventory.hosts[0].ref.vcenter
    nowhere = _nowhere(inventory)
    made = [vm.at(nowhere.ref, (EntityRef(vcenter, UNMADE),) * len(vm.disks)) for vm in new]
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
            virtual_machines=(*inventory.virtual_machines, *made),
            vm_host_rules=(*inventory.vm_host_rules, *bound),
        ),
        evacuate=(nowhere.ref,),
        to_place=frozenset(existing) | refs,
        started=refs,
        newcomers=refs,
        named_datastores=tuple(
            (vm.ref(vcenter), key, disk.datastore)
            for vm in new
            for key, disk in enumerate(vm.disks, start=FIRST_DISK_KEY)
            if disk.datastore is not None
        ),
    )


def _nowhere(inventory: Inventory) -> Host:
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
        datastores=(EntityRef(model.ref.vcenter, UNMADE),),
        networks=tuple(network.ref for network in inventory.networks),
    )


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
    end = inventory_after(question.inventory, result.moves)
    for ref in existing:
        vm = end.vm(ref)
        yield PlacedVm(vm=ref, is_new=False, host=vm.host, datastores=tuple(disk.datastore for disk in vm.disks))
    for described in disks.new:
        ref = described.ref(question.inventory.hosts[0].ref.vcenter if question.inventory.hosts else "")
        host = next((move.destination for move in result.moves if move.vm == ref), None)
        yield PlacedVm(vm=ref, is_new=True, host=host, datastores=disks.stores_of(described))


def _without_nowhere(diagnosis: Diagnosis | None) -> Diagnosis | None:
    """That a new VM may not stay nowhere goes without saying, and that nobody can be sent there."""
    if diagnosis is None:
        return None
    members = tuple(one for one in diagnosis.conflict.members if not (one.host and one.host.moid == NOWHERE))
    return replace(diagnosis, conflict=replace(diagnosis.conflict, members=members))
