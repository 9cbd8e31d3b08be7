"""Destination hosts for one VM as a person or a program reads them."""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console

from recommender.constraints.base import Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.ranking import MOST_STARS, HostRanking
from recommender.placement.result import Move
from recommender.planning.left_behind import left_behind
from recommender.planning.move_warnings import move_warnings
from recommender.report.console import new_table
from recommender.report.json_document import entity_document, estimate_document, move_document, violation_document
from recommender.report.names import Names
from recommender.report.quantity_text import duration_text
from recommender.report.text import plain

RANKING_FORMAT: Final = "recommender-ranking/1"
MOST_NAMED: Final = 3  # hosts of which the same is to be known


def print_ranking(console: Console, inventory: Inventory, vm: VirtualMachine, ranking: HostRanking) -> None:
    """Print the hosts best first with stars, then every refused host with what refuses it."""
    names = Names(inventory)
    console.print(f"{names.of(vm.ref)} is on {names.of(vm.host)}")
    for violation in ranking.stays_broken:
        console.print(f"  broken there: {rejection_text(violation)}", soft_wrap=True)
    if ranking.options:
        table = new_table("Destination hosts, best first")
        table.add_column("stars", no_wrap=True)
        table.add_column("host", overflow="fold")
        for header in ("objective", "time p50 … p95", "downtime", "risk"):
            table.add_column(header, justify="right", no_wrap=True)
        for option in ranking.options:
            estimate = option.estimate
            table.add_row(
                "★" * option.stars + "·" * (MOST_STARS - option.stars),
                _place(names, option.move),
                f"{option.objective_change:+.1f}",
                f"{duration_text(estimate.duration_p50_s)} … {duration_text(estimate.duration_p95_s)}",
                f"{estimate.downtime_p50_ms:.0f} ms",
                estimate.risk.value,
            )
        console.print(table)
        for line in _notes(inventory, names, ranking):
            console.print(line, soft_wrap=True)
        console.print("objective: what moving there would add to the objective; below 0 is better than staying")
    else:
        console.print("no host can take it now")
    for refusal in ranking.refusals:
        for number, rejection in enumerate(refusal.rejections):
            mark = f"X {names.of(refusal.host)}:" if number == 0 else "  and"
            console.print(f"{mark} {rejection_text(rejection)}", soft_wrap=True)


def ranking_document(inventory: Inventory, vm: VirtualMachine, ranking: HostRanking) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "format": RANKING_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "vm": entity_document(inventory, vm.ref) | {"instance_uuid": vm.instance_uuid},
        "host": entity_document(inventory, vm.host),
        "stays_broken": [violation_document(inventory, violation) for violation in ranking.stays_broken],
        "options": [
            {
                "host": entity_document(inventory, option.host),
                "stars": option.stars,
                "objective_change": option.objective_change,
                "estimate": estimate_document(option.estimate),
                **_taken_along(inventory, option.move),
            }
            for option in ranking.options
        ],
        "refusals": [
            {
                "host": entity_document(inventory, refusal.host),
                "rejections": [violation_document(inventory, rejection) for rejection in refusal.rejections],
            }
            for refusal in ranking.refusals
        ],
    }


def _place(names: Names, move: Move) -> str:
    stores = tuple(sorted({disk.destination for disk in move.disk_moves}))
    return names.of(move.destination) + (f" + disks to {names.all_of(stores)}" if stores else "")


def _notes(inventory: Inventory, names: Names, ranking: HostRanking) -> Iterator[str]:
    """What it loses and what else is to be known, once for all hosts of which the same is true."""
    hosts_by_note: dict[str, list[EntityRef]] = {}
    for option in ranking.options:
        if lost := left_behind(inventory, option.move):
            hosts_by_note.setdefault(f"it loses {', '.join(lost)}", []).append(option.host)
        for warning in move_warnings(inventory, option.move):
            hosts_by_note.setdefault(warning, []).append(option.host)
    for note, hosts in hosts_by_note.items():
        shown = names.all_of(tuple(hosts[:MOST_NAMED])) + (" …" if len(hosts) > MOST_NAMED else "")
        yield f"! on {shown}: {plain(note)}"


def _taken_along(inventory: Inventory, move: Move) -> dict[str, Any]:
    told = move_document(inventory, move)
    kept = {key: told[key] for key in ("disks", "networks", "left_behind", "warnings")}
    return {"datastores": told["destination"]["datastores"], **kept}


def rejection_text(violation: Violation) -> str:
    """One "no" in a line: the rule of ours, the rule of vCenter's behind it if any, and the numbers."""
    rule = f" {plain(violation.rule)!r}" if violation.rule else ""
    return f"{violation.constraint}{rule}: {plain(violation.reason)}"
