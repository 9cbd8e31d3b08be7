"""What a fully automated DRS moves away next from a host that is entering maintenance mode, and whereto.

Written apart from ``placement/`` on purpose: it takes the host with the fewest VMs, as our forecast does not.
"""

from collections.abc import Collection
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior, VmKind
from recommender.simulation.vcenter.admission import refusal
from recommender.simulation.vcenter.relocate_spec import RelocateSpec

AT_ONCE: Final = 8
_AUTOMATED: Final = (None, VmDrsBehavior.FULLY_AUTOMATED)


def next_evacuation(
    picture: Inventory, host: Host, entering: Collection[EntityRef], *, takes_all: bool
) -> RelocateSpec | None:
    """One more migration away from ``host``; ``None`` where DRS does not steer, is busy, or finds no place.

    ``takes_all``: what does not run, too.
    """
    cluster = picture.find_cluster(host.cluster)
    if cluster is None or not cluster.drs_enabled or cluster.drs_automation != "fullyAutomated":
        return None
    here = picture.vms_on(host.ref)
    if sum(picture.in_flight_of(vm.ref) is not None for vm in here) >= AT_ONCE:
        return None
    goals = [goal for goal in picture.hosts if goal.cluster == host.cluster and goal.ref not in entering]
    goals.sort(key=lambda goal: (len(picture.vms_charged_to(goal.ref)), goal.ref))
    for vm in here:
        if picture.in_flight_of(vm.ref) is None and _is_taken(vm, takes_all=takes_all):
            specs = (RelocateSpec(vm=vm.ref, destination=goal.ref) for goal in goals)
            for spec in specs:
                if refusal(picture, spec) is None and _keeps_rules(picture, vm, spec.destination):
                    return spec
    return None


def _is_taken(vm: VirtualMachine, *, takes_all: bool) -> bool:
    return vm.kind is VmKind.ORDINARY and vm.drs_behavior in _AUTOMATED and (takes_all or vm.is_powered_on)


def _keeps_rules(picture: Inventory, vm: VirtualMachine, goal: EntityRef) -> bool:
    there = {other.ref for other in picture.vms_charged_to(goal)}
    if any(there & set(rule.vms) for rule in picture.anti_affinity_rules_of(vm.ref)):
        return False
    return all((goal in rule.hosts) == rule.is_affine for rule in picture.vm_host_rules_of(vm.ref) if rule.is_mandatory)
