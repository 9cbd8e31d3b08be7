"""The JSON that ``-o json`` prints: versioned, documented in the README, stable for scripts."""

import json
from dataclasses import asdict
from typing import Any

from recommender.constraints.base import Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.migration.estimate import MigrationEstimate
from recommender.placement.result import Move, Objective, PlacementResult
from recommender.planning.left_behind import left_behind
from recommender.planning.move_warnings import move_warnings
from recommender.planning.plan import Plan
from recommender.versions import versions

RECOMMENDATION_FORMAT = "recommender-recommendation/1"


def dumps(document: object) -> str:
    """Text of a document: ASCII only, so that no name in it can steer a terminal."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)


def recommendation_document(inventory: Inventory, result: PlacementResult, plan: Plan | None = None) -> dict[str, Any]:
    """The answer of placement, and the timeline if one was made."""
    document: dict[str, Any] = {
        "format": RECOMMENDATION_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "seed": result.seed,
        "versions": versions(),
        "rounds": result.rounds,
        "is_stopped": result.is_stopped,
        "status": result.status.value,
        "starting_objective": objective_document(result.starting_objective),
        "objective": objective_document(result.objective),
        "bound": result.bound,
        "gap": result.gap,
        "gain_gap": result.gain_gap,
        "moves": [move_document(inventory, move) for move in result.moves],
        "curve": [asdict(point) for point in result.curve],
        "unplaceable": [
            {
                "vm": entity_document(inventory, vm.vm),
                "rejections": [violation_document(inventory, rejection) for rejection in vm.rejections],
            }
            for vm in result.unplaceable
        ],
        "remaining_violations": [violation_document(inventory, item) for item in result.remaining_violations],
    }
    return document | (plan_document(inventory, plan) if plan else {})


def plan_document(inventory: Inventory, plan: Plan) -> dict[str, Any]:
    """The timeline: ``steps``, ``makespan_s``, its p95 and its proven lower bound."""
    return {
        "steps": [
            {
                "number": step.number,
                "start_s": step.start_s,
                "end_s": step.end_s,
                "depends_on": list(step.depends_on),
                "move": move_document(inventory, step.move),
            }
            for step in plan.steps
        ],
        "makespan_s": plan.makespan_s,
        "makespan_p95_s": plan.makespan_p95_s,
        "makespan_lower_bound_s": plan.makespan_lower_bound_s,
        "blocked": [
            {"reason": blocked.reason, "moves": [move_document(inventory, move) for move in blocked.moves]}
            for blocked in plan.blocked
        ],
    }


def move_document(inventory: Inventory, move: Move) -> dict[str, Any]:
    """One move with its names, its price and its prediction."""
    vm = inventory.find_vm(move.vm)
    return {
        "vm": entity_document(inventory, move.vm) | {"instance_uuid": vm.instance_uuid if vm else None},
        "source": {
            "host": entity_document(inventory, move.source),
            "datastores": [entity_document(inventory, store) for store in (vm.datastores if vm else ())],
        },
        "destination": {
            "host": entity_document(inventory, move.destination),
            "datastores": [entity_document(inventory, store) for store in destination_datastores(inventory, move)],
        },
        "disks": [
            {
                "key": disk.disk_key,
                "source": entity_document(inventory, disk.source),
                "destination": entity_document(inventory, disk.destination),
                "provisioning": disk.provisioning.value if disk.provisioning else None,
            }
            for disk in move.disk_moves
        ],
        "networks": [
            {
                "source": entity_document(inventory, network.source),
                "destination": entity_document(inventory, network.destination),
            }
            for network in move.network_moves
        ],
        "reason": move.reason.value,
        "priority": move.priority,
        "gain": move.gain,
        "cost": move.cost,
        "left_behind": list(left_behind(inventory, move)),
        "warnings": list(move_warnings(inventory, move)),
        "estimate": estimate_document(move.estimate),
    }


def destination_datastores(inventory: Inventory, move: Move) -> tuple[EntityRef, ...]:
    """The datastores a VM touches once the move is made."""
    vm = inventory.find_vm(move.vm)
    if vm is None or not move.disk_moves:
        return vm.datastores if vm else ()
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    return inventory.with_vm_on(move.vm, move.destination, targets).vm(move.vm).datastores


def estimate_document(estimate: MigrationEstimate) -> dict[str, Any]:
    """A prediction: durations in s, downtimes in ms, data in MiB, the pre-copy rounds and the inputs."""
    return asdict(estimate) | {"kind": estimate.kind.value, "risk": estimate.risk.value}


def objective_document(objective: Objective) -> dict[str, Any]:
    """The cost in objective units, in total and by term."""
    return {"total": objective.total, "terms": dict(objective.terms)}


def violation_document(inventory: Inventory, violation: Violation) -> dict[str, Any]:
    """One broken place or one refusal."""
    return {
        "constraint": violation.constraint,
        "rule": violation.rule,
        "vms": [entity_document(inventory, vm) for vm in violation.vms],
        "host": entity_document(inventory, violation.host) if violation.host else None,
        "datastore": entity_document(inventory, violation.datastore) if violation.datastore else None,
        "reason": violation.reason,
        "is_unknown": violation.is_unknown,
    }


def entity_document(inventory: Inventory, ref: EntityRef) -> dict[str, Any]:
    """Name and address of one thing; the name is ``null`` for what is not in the inventory."""
    entity = (
        inventory.find_vm(ref)
        or inventory.find_host(ref)
        or inventory.find_datastore(ref)
        or inventory.find_network(ref)
    )
    return {"name": entity.name if entity else None, "ref": str(ref)}
