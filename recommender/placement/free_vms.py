"""Which VMs may move in answer to a request, and which of them have to."""

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.constraints.asked_hosts import AskedHosts
from recommender.constraints.base import Constraint, DiskSeparation, Violation
from recommender.constraints.check import violations_in
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.constraints.evacuated_host import EvacuatedHost
from recommender.constraints.vm_affinity import VmAffinity
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.placement.request import Goal, PlacementRequest

MEND_NOTHING_ELSE = (Goal.EVACUATE, Goal.PLACE)
ONLY_MANDATORY = 1  # the migration threshold at which nothing but broken rules is a reason to move


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeVms:
    """``vms`` may move; those in ``must_leave`` may not stay; ``to_mend`` is what the answer has to mend.

    ``is_reluctant``: only mending is asked for, so that a VM that need not leave moves only to make room.
    ``is_tolerant``: what is broken and not to be mended may stay so; ``left_broken``: *keep together* rules that are.
    """

    vms: tuple[VirtualMachine, ...]
    must_leave: frozenset[EntityRef]
    to_mend: tuple[Violation, ...]
    is_reluctant: bool
    is_tolerant: bool = False
    left_broken: tuple[Violation, ...] = ()


def free_vms(request: PlacementRequest, constraints: tuple[Constraint, ...], *, make_room: bool = False) -> FreeVms:
    """The VMs that the request gives free.

    Balancing gives every running ordinary VM free, and whatever stands where it may not. An evacuation, and a policy
    that allows only mandatory moves, free what takes part in what has to be mended, and with ``make_room`` also every
    running ordinary VM.
    """
    inventory = request.inventory
    to_mend = asked_violations(request, constraints, inventory)
    must_leave = frozenset(broken.vms[0] for broken in to_mend if _binds_one_vm(inventory, broken))
    is_reluctant = request.goal is Goal.EVACUATE or request.policy.migration_threshold == ONLY_MANDATORY
    everybody = (make_room or not is_reluctant) and request.goal is not Goal.PLACE
    involved = (
        must_leave | request.to_place
        if request.goal in MEND_NOTHING_ELSE
        else {vm for broken in to_mend for vm in broken.vms}
    )
    vms = tuple(
        vm
        for vm in inventory.virtual_machines
        if _can_be_placed(inventory, vm)
        and (not request.among or vm.host in request.among)
        and (
            vm.ref in must_leave
            or vm.ref in request.to_place
            or (_is_ours_to_balance(vm) and (everybody or vm.ref in involved))
        )
    )
    is_tolerant = request.goal in MEND_NOTHING_ELSE
    return FreeVms(
        vms=vms,
        must_leave=must_leave,
        to_mend=to_mend,
        is_reluctant=is_reluctant,
        is_tolerant=is_tolerant,
        left_broken=_broken_together(constraints, inventory) if is_tolerant else (),
    )


def asked_violations(
    request: PlacementRequest,
    constraints: tuple[Constraint, ...],
    inventory: Inventory,
    vms: Sequence[VirtualMachine] | None = None,
) -> tuple[Violation, ...]:
    """What the answer has to mend of what is broken in ``inventory``, on the hosts asked about.

    An evacuation mends nothing else, nor does placing single VMs, nor what is asked about datastores. With ``vms`` only
    that in which one of them takes part. What nothing but a migration under way breaks is over when it arrives.
    """
    rules = [rule for rule in constraints if _is_asked(request.goal, rule)]
    found = tuple(one for one in violations_in(rules, inventory, vms) if not _is_over_on_arrival(rules, inventory, one))
    if not request.among:
        return found
    among = frozenset(request.among)
    return tuple(
        broken
        for broken in found
        if broken.constraint != AskedHosts.name
        and (broken.host in among if broken.host else any(inventory.vm(vm).host in among for vm in broken.vms))
    )


def _is_over_on_arrival(constraints: Sequence[Constraint], inventory: Inventory, broken: Violation) -> bool:
    """Whether a rule speaks of how a VM comes to where it goes now, and not of its being there."""
    flight = inventory.in_flight_of(broken.vms[0]) if len(broken.vms) == 1 else None
    if flight is None or broken.host != flight.destination:
        return False
    arrived = inventory.with_vm_on(flight.vm, flight.destination, dict(flight.disk_targets))
    there = [rule for rule in constraints if rule.name == broken.constraint]
    return broken.place not in {one.place for one in violations_in(there, arrived, [arrived.vm(flight.vm)])}


def _is_asked(goal: Goal, rule: Constraint) -> bool:
    if goal in MEND_NOTHING_ELSE:
        return rule.name in (EvacuatedHost.name, EvacuatedDatastore.name)
    # What lies on datastores together is mended by copying disks, and by nothing else.
    return isinstance(rule, DiskSeparation) is (goal is Goal.DATASTORES)


def _binds_one_vm(inventory: Inventory, broken: Violation) -> bool:
    """Whether the VM, by itself, has to be elsewhere: not so for a full host, where any other might leave."""
    return (
        len(broken.vms) == 1
        and broken.host == inventory.vm(broken.vms[0]).host
        and not broken.constraint.endswith("_capacity")
    )


def _broken_together(constraints: tuple[Constraint, ...], inventory: Inventory) -> tuple[Violation, ...]:
    """What is broken of the only rules that are about no host: they say who is together, wherever that is."""
    return violations_in([rule for rule in constraints if rule.name == VmAffinity.name], inventory)


def _is_ours_to_balance(vm: VirtualMachine) -> bool:
    return vm.kind is VmKind.ORDINARY and vm.is_powered_on


def _can_be_placed(inventory: Inventory, vm: VirtualMachine) -> bool:
    return (
        vm.kind not in (VmKind.VCLS, VmKind.AGENT)
        and inventory.in_flight_of(vm.ref) is None
        and inventory.find_host(vm.host) is not None
    )
