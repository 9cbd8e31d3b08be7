"""What would be, if: hosts lost, hosts added, rules left out, more or less demand; any of them together.

A lost host is dead: its VMs are started elsewhere rather than migrated, as HA does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from recommender.constraints.base import Violation
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.placement.conflicts.diagnosis import Diagnosis, diagnose
from recommender.placement.conflicts.rule_named import without_rule
from recommender.placement.free_vms import asked_violations
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``lost_hosts`` die; ``added_hosts`` come empty; rules of these names are left out.

    ``demand_percent`` is added to what every running VM uses of CPU and memory, at least −100; sizes stay.
    """

    lost_hosts: tuple[EntityRef, ...] = ()
    added_hosts: tuple[Host, ...] = ()
    without_rules: tuple[str, ...] = ()
    demand_percent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """``before``: the best answer to ``question``, as things are; ``after``: the best one to ``changed_question``.

    ``breaks``: what the change breaks as it stands, before anything is done about it; ``stranded`` run on lost hosts.
    ``diagnosis``: why rules stay broken after it.
    """

    question: PlacementRequest
    changed_question: PlacementRequest
    before: PlacementResult
    after: PlacementResult
    diagnosis: Diagnosis | None
    breaks: tuple[Violation, ...]
    stranded: tuple[EntityRef, ...]


def what_if(request: PlacementRequest, change: Change) -> WhatIf:
    """Both answers, each with its curve. Raises ``UnknownName`` for a rule that there is not."""
    question = replace(request, with_curve=True)
    changed = changed_request(question, change)
    known = {violation.place for violation in asked_violations(question, rules_asked(question), question.inventory)}
    broken = asked_violations(changed, rules_asked(changed), changed.inventory)
    lost = frozenset(change.lost_hosts)
    after = solve(changed)
    return WhatIf(
        question=question,
        changed_question=changed,
        before=solve(question),
        after=after,
        diagnosis=diagnose(changed, after),
        breaks=tuple(violation for violation in broken if violation.place not in known and violation.host not in lost),
        stranded=tuple(vm.ref for vm in question.inventory.virtual_machines if vm.host in lost and _runs(vm)),
    )


def changed_request(request: PlacementRequest, change: Change) -> PlacementRequest:
    """The same question of the changed world."""
    inventory = request.inventory
    lost = frozenset(change.lost_hosts)
    started = {vm.ref for vm in inventory.virtual_machines if vm.host in lost}
    hosts = (*(_dead(host) if host.ref in lost else host for host in inventory.hosts), *change.added_hosts)
    factor = 1 + change.demand_percent / 100
    changed = replace(
        request,
        inventory=replace(
            inventory,
            hosts=hosts,
            virtual_machines=tuple(_with_demand(vm, factor) for vm in inventory.virtual_machines),
            in_flight=tuple(_still_under_way(inventory, lost)),
        ),
        evacuate=(*request.evacuate, *change.lost_hosts),
        among=(*request.among, *(host.ref for host in change.added_hosts)) if request.among else (),
        started=request.started | started,
    )
    for name in change.without_rules:
        changed = without_rule(changed, name)
    return changed


def _dead(host: Host) -> Host:
    return replace(host, connection_state=ConnectionState.NOT_RESPONDING)


def _still_under_way(inventory: Inventory, lost: frozenset[EntityRef]) -> Iterable[MigrationInFlight]:
    """Migrations from or to a dead host have failed."""
    for flight in inventory.in_flight:
        if flight.destination not in lost and inventory.vm(flight.vm).host not in lost:
            yield flight


def _runs(vm: VirtualMachine) -> bool:
    return vm.is_powered_on and vm.kind is VmKind.ORDINARY


def _with_demand(vm: VirtualMachine, factor: float) -> VirtualMachine:
    def scaled(amount: int | None, most: int | None = None) -> int | None:
        if amount is None:
            return None
        grown = round(amount * factor)
        return grown if most is None else min(grown, max(most, amount))

    if factor == 1 or not vm.is_powered_on:
        return vm
    load = replace(
        vm.load,
        cpu_demand_mhz=scaled(vm.load.cpu_demand_mhz),
        memory_active_mib=scaled(vm.load.memory_active_mib, vm.memory_mib),
        memory_consumed_mib=scaled(vm.load.memory_consumed_mib, vm.memory_mib),
        dirty_mib_s=None if vm.load.dirty_mib_s is None else vm.load.dirty_mib_s * factor,
    )
    return replace(vm, load=load)
