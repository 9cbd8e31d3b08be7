"""A campaign as people and scripts read it: its windows, what each carries, and what is left with the reason."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.windows.batches import Batch
from recommender.planning.windows.site_traffic import SiteTraffic
from recommender.report.json_document import entity_document, plan_document
from recommender.report.names import Names
from recommender.report.plan_window import window_document
from recommender.report.quantity_text import counted_text, duration_text
from recommender.report.text import plain

CAMPAIGN_FORMAT: Final = "recommender-campaign/1"
NAMES_TOLD: Final = 10
MIB_PER_GIB: Final = 1024

Left = Sequence[tuple[EntityRef, str]]
Dated = Sequence[tuple[datetime | None, Batch]]


def print_campaign(console: Console, inventory: Inventory, dated: Dated, left: Left) -> None:
    """Two lines a window, and the VMs that none moves, by reason."""
    names = Names(inventory)
    for number, (at, batch) in enumerate(dated, start=1):
        when = f"{at:%A %Y-%m-%d %H:%M %Z}: " if at else ""
        console.print(f"window {number}   {when}{batch_text(inventory, batch)}", soft_wrap=True)
        console.print(f"           {_some(names, [move.vm for move in batch.moves])}", soft_wrap=True)
    moved = {move.vm for _, batch in dated for move in batch.moves}
    if dated:
        console.print(f"in all     {_vms(len(moved))} in {counted_text(len(dated), 'window')}")
    for reason, vms in _by_reason(left).items():
        console.print(f"left       {_some(names, vms)}: {plain(reason)}", soft_wrap=True)


def batch_text(inventory: Inventory, batch: Batch) -> str:
    """One window in a line, with numbers."""
    answer, moves = batch.part.answer, batch.moves
    cold = sum(not inventory.vm(vm).is_powered_on for vm in {move.vm for move in moves})
    vms = len({move.vm for move in moves})
    told = [
        f"{_vms(vms)} ({cold} cold), {counted_text(batch.applications, 'application')} complete",
        *(_traffic(one) for one in batch.traffic),
        f"over in {duration_text(batch.part.plan.makespan_s)} (p95 {duration_text(answer.finish_p95_s)}), fits with "
        f"{100 * min(0.99, answer.probability):.0f} % probability or more",
    ]
    if batch.cut:
        told.append(f"no window holds the application of {_some(Names(inventory), batch.cut)} whole")
    return "; ".join(told)


def left_text(inventory: Inventory, left: Left) -> str:
    """What is left, by reason, in a line; empty for nothing."""
    names = Names(inventory)
    groups = _by_reason(left).items()
    return "; ".join(f"left: {_some(names, vms)}: {plain(reason)}" for reason, vms in groups)


def campaign_document(inventory: Inventory, dated: Dated, left: Left, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """The same for scripts, each window with its whole timeline."""
    return {
        "format": CAMPAIGN_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "windows": [
            {
                "opens_at": at.isoformat() if at else None,
                "applications": batch.applications,
                "cut": [entity_document(inventory, vm) for vm in batch.cut],
                "links": [
                    {"sites": list(one.sites), "sent_mib": one.sent_mib, "most_mib": one.most_mib}
                    for one in batch.traffic
                ],
                **plan_document(inventory, batch.part.plan),
                "window": window_document(inventory, batch.part.answer),
            }
            for at, batch in dated
        ],
        "left": [{"vm": entity_document(inventory, vm), "reason": reason} for vm, reason in left],
        "warnings": list(warnings),
    }


def _traffic(one: SiteTraffic) -> str:
    told = f"{one.sent_mib / MIB_PER_GIB:,.1f} GiB from site to site ({plain(' | '.join(one.sites))})"
    if one.most_mib is None:
        return told
    return f"{told} of {one.most_mib / MIB_PER_GIB:,.1f} GiB that the link carries in the window"


def _by_reason(left: Left) -> dict[str, list[EntityRef]]:
    found: defaultdict[str, list[EntityRef]] = defaultdict(list)
    for vm, reason in left:
        found[reason].append(vm)
    return found


def _some(names: Names, vms: Sequence[EntityRef]) -> str:
    rest = len(vms) - NAMES_TOLD
    return names.all_of(tuple(vms[:NAMES_TOLD])) + (f" and {rest} more" if rest > 0 else "")


def _vms(number: int) -> str:
    return counted_text(number, "VM")
