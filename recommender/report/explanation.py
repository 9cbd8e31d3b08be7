"""One VM explained: what it is, where it stands, what binds it, and why it moves or stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import host_use
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior
from recommender.migration.estimate import RiskClass
from recommender.placement.ranking import HostRanking
from recommender.placement.result import Move
from recommender.report.host_ranking import print_ranking, ranking_document
from recommender.report.json_document import move_document
from recommender.report.names import Names
from recommender.report.quantity_text import duration_text, share_text, size_text
from recommender.report.text import plain

EXPLANATION_FORMAT: Final = "recommender-explanation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``move``: what is recommended for the VM, ``None`` if it stays. ``ranking``: with every other VM where it is."""

    vm: VirtualMachine
    move: Move | None
    ranking: HostRanking


def print_explanation(console: Console, inventory: Inventory, explanation: Explanation) -> None:
    """Print all of it."""
    for label, text in _facts(inventory, explanation.vm):
        console.print(f"{label:11} {text}", soft_wrap=True)
    console.print(f"{'decision':11} {_decision(Names(inventory), explanation)}", soft_wrap=True)
    console.print()
    print_ranking(console, inventory, explanation.vm, explanation.ranking)


def explanation_document(inventory: Inventory, explanation: Explanation) -> dict[str, Any]:
    """The same as JSON: ``facts`` as texts, the recommended ``move`` (or null) and the ``ranking``."""
    move = explanation.move
    return {
        "format": EXPLANATION_FORMAT,
        "facts": dict(_facts(inventory, explanation.vm)),
        "decision": _decision(Names(inventory), explanation),
        "move": move_document(inventory, move) if move else None,
        "ranking": ranking_document(inventory, explanation.vm, explanation.ranking),
    }


def _facts(inventory: Inventory, vm: VirtualMachine) -> Iterator[tuple[str, str]]:
    names, host = Names(inventory), inventory.find_host(vm.host)
    yield "VM", f"{names.of(vm.ref)} ({vm.ref}, instance UUID {vm.instance_uuid})"
    yield "state", f"{vm.power_state.value}, {vm.kind.value}, {vm.vcpus} vCPUs, {size_text(vm.memory_mib)}"
    yield (
        "load",
        f"CPU {_known(vm.load.cpu_demand_mhz, 'MHz')}, active memory {_known(vm.load.memory_active_mib, 'MiB')}",
    )
    if host is not None:
        use = host_use(inventory, host)
        yield (
            "host",
            f"{names.of(host.ref)}: CPU {share_text(use.cpu)}, memory {share_text(use.memory)}, {use.vms} running VMs",
        )
    yield "datastores", names.all_of(vm.datastores) or "none"
    yield "networks", names.all_of(vm.networks) or "none"
    for rule in inventory.affinity_rules_of(vm.ref):
        yield "together", f"{rule.name}: {names.all_of(rule.vms)}"
    for separate in inventory.anti_affinity_rules_of(vm.ref):
        yield "separate", f"{separate.name}: {names.all_of(separate.vms)}"
    for bound in inventory.vm_host_rules_of(vm.ref):
        verb = ("must" if bound.is_mandatory else "should") + (" run on" if bound.is_affine else " not run on")
        yield "hosts", f"{bound.name}: {verb} {names.all_of(bound.hosts)}"
    if vm.control_plane is not None:
        yield "runs", vm.control_plane
    held = "; ".join(_holds(vm))
    if held:
        yield "held", held
    flight = inventory.in_flight_of(vm.ref)
    if flight is not None:
        yield "in flight", f"to {names.of(flight.destination)}"


def _holds(vm: VirtualMachine) -> Iterator[str]:
    """What keeps it where it is, for now or for as long as it is configured so."""
    if vm.relocate_disabled:
        yield "vCenter has disabled its relocation for now"
    if vm.busy_with:
        yield f"a task works on it: {plain(vm.busy_with)}"
    if vm.consolidation_needed:
        yield "its disks need consolidation"
    if vm.drs_behavior is VmDrsBehavior.DISABLED:
        yield "its VM override switches DRS off"
    yield from (pin.told for pin in vm.pins or ())


def _decision(names: Names, explanation: Explanation) -> str:
    move, ranking = explanation.move, explanation.ranking
    if move is not None:
        cost = "" if move.cost is None else f", costs {move.cost:.1f}"
        return (
            f"moves to {names.of(move.destination)} ({move.reason.value}, priority {move.priority}): gains "
            f"{move.gain:.1f}{cost}, takes {duration_text(move.estimate.duration_p50_s)}"
        )
    if ranking.stays_broken:
        return "stays, although a rule is broken: no host can take it as things are"
    if not ranking.options:
        return "stays: no host can take it now"
    best = ranking.options[0]
    if best.objective_change >= 0:
        return (
            f"stays: even on {names.of(best.host)}, the best of {len(ranking.options)} hosts, the objective would "
            f"be {best.objective_change:.1f} higher, its migration included"
        )
    if best.estimate.risk is RiskClass.MAY_NOT_CONVERGE:
        return (
            f"stays: {names.of(best.host)} would gain {-best.objective_change:.1f}, but nothing needs the move and "
            f"it may not converge ({best.estimate.risk_reason})"
        )
    return (
        f"stays: by itself {names.of(best.host)} would gain {-best.objective_change:.1f}, but other recommended moves "
        "gain more there"
    )


def _known(value: int | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,} {unit}"
