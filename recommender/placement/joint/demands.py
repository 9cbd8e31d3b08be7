"""Everything that a question demands of hosts and datastores together, requirement by requirement."""

from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.base import Constraint
from recommender.placement.conflicts.requirements import Requirements, requirements_of
from recommender.placement.free_vms import FreeVms, asked_violations, free_vms
from recommender.placement.joint.disk_requirements import DiskRequirements, close_hosts, disk_requirements
from recommender.placement.joint.parts import may_copy
from recommender.placement.request import PlacementRequest
from recommender.placement.rules_asked import copies_disks, rules_asked

MOST_PAIRS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Demands:
    """``home``: the host of each of the free VMs, by position. Positions of ``said`` are those of ``free.vms``."""

    rules: tuple[Constraint, ...]
    free: FreeVms
    said: Requirements
    disks: DiskRequirements
    home: tuple[int, ...]


def is_too_large(request: PlacementRequest) -> bool:
    """Whether a question about datastores concerns more VMs and hosts than their pairs can be written down for."""
    if not copies_disks(request):
        return False
    asked = sum(may_copy(request, vm) for vm in request.inventory.virtual_machines)
    return asked * len(request.inventory.hosts) > MOST_PAIRS


def demands_of(request: PlacementRequest) -> Demands:
    """Of every VM that may have to move in answer to the question."""
    rules = rules_asked(request)
    free = _whose_disks_are_asked_about(request, rules) if copies_disks(request) else None
    free = free or free_vms(request, rules, make_room=True)
    disks = disk_requirements(request, rules, free.vms)
    said = _asked_about(request, requirements_of(request.inventory, rules, free, disks.rows))
    close_hosts(said, disks)
    column = {host.ref: index for index, host in enumerate(said.hosts)}
    return Demands(rules, free, said, disks, tuple(column[vm.host] for vm in free.vms))


def _whose_disks_are_asked_about(request: PlacementRequest, rules: tuple[Constraint, ...]) -> FreeVms:
    """Of a question about datastores; what is broken on hosts may stay so."""
    vms, leaving = tuple(vm for vm in request.inventory.virtual_machines if may_copy(request, vm)), {*request.evacuate}
    return FreeVms(
        vms=vms,
        must_leave=frozenset(vm.ref for vm in vms if not leaving.isdisjoint({*vm.datastores, vm.host})),
        to_mend=asked_violations(request, rules, request.inventory),
        is_reluctant=True,
        is_tolerant=True,
    )


def _asked_about(request: PlacementRequest, said: Requirements) -> Requirements:
    """Where what stays is too much for a host that is not asked about, nothing may come; that by itself is no clash."""
    if not request.among:
        return said
    among = frozenset(request.among)
    limits = [
        (one, name, host, demand, limit if said.hosts[host].ref in among else max(limit, 0.0))
        for one, name, host, demand, limit in said.limits
    ]
    return replace(said, limits=limits)
