"""The answer of ``predict``: where from, where to, the estimate, and what would refuse the move."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console

from recommender.constraints.base import Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate import MigrationEstimate
from recommender.report.json_document import entity_document, estimate_document, violation_document
from recommender.report.names import Names
from recommender.report.prediction import print_estimate
from recommender.report.text import plain

PREDICTION_FORMAT: Final = "recommender-prediction/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedMove:
    """A move that somebody asked about; ``disk_targets`` holds the new datastore by disk key."""

    vm: VirtualMachine
    destination: Host
    disk_targets: Mapping[int, EntityRef]
    estimate: MigrationEstimate
    refusals: tuple[Violation, ...]


def print_move_prediction(console: Console, inventory: Inventory, predicted: PredictedMove) -> None:
    """Print the estimate, then every rule that the move would break."""
    names = Names(inventory)
    way = f"{names.of(predicted.vm.host)} → {names.of(predicted.destination.ref)}"
    stores = tuple(sorted(set(predicted.disk_targets.values())))
    disks = f", disks to {names.all_of(stores)}" if stores else ""
    print_estimate(console, predicted.estimate, f"Migration of {names.of(predicted.vm.ref)}: {way}{disks}")
    if predicted.refusals:
        console.print("\nThis move would be refused:")
    for refusal in predicted.refusals:
        where = f"{names.of(refusal.host)}: " if refusal.host else ""
        rule = f" {plain(refusal.rule)!r}" if refusal.rule else ""
        console.print(f"  X {where}{refusal.constraint}{rule}: {plain(refusal.reason)}", soft_wrap=True)


def move_prediction_document(inventory: Inventory, predicted: PredictedMove) -> dict[str, Any]:
    """The same as JSON: VM, both ends, ``estimate`` and ``refusals`` (empty where nothing refuses the move)."""
    vm, destination = predicted.vm, predicted.destination
    after = inventory.with_vm_on(vm.ref, destination.ref, predicted.disk_targets).vm(vm.ref)
    document = prediction_document(predicted.estimate)
    return document | {
        "vm": entity_document(inventory, vm.ref) | {"instance_uuid": vm.instance_uuid},
        "source": _end(inventory, vm),
        "destination": _end(inventory, after),
        "refusals": [violation_document(inventory, refusal) for refusal in predicted.refusals],
    }


def prediction_document(estimate: MigrationEstimate) -> dict[str, Any]:
    """A prediction of which no inventory knows: ``vm``, ``source`` and ``destination`` are ``null``."""
    return {
        "format": PREDICTION_FORMAT,
        "vm": None,
        "source": None,
        "destination": None,
        "estimate": estimate_document(estimate),
        "refusals": [],
    }


def _end(inventory: Inventory, vm: VirtualMachine) -> dict[str, Any]:
    return {
        "host": entity_document(inventory, vm.host),
        "datastores": [entity_document(inventory, store) for store in vm.datastores],
    }
