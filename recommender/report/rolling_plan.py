"""A rolling maintenance as people and scripts read it: its waves, its price in migrations, and its end."""

from typing import Any, Final

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.planning.rolling.wave import RollingPlan, Wave
from recommender.report.console import new_table
from recommender.report.json_document import entity_document, plan_document
from recommender.report.names import Names
from recommender.report.quantity_text import clock_text, counted_text, duration_text

ROLLING_FORMAT: Final = "recommender-rolling/1"


def print_rolling(console: Console, inventory: Inventory, rolling: RollingPlan) -> None:
    """One row a wave, the way home, the totals, and every host that cannot be emptied."""
    names = Names(inventory)
    if rolling.legs:
        table = new_table("Rolling maintenance")
        table.add_column("wave")
        table.add_column("hosts", overflow="fold")
        for header in ("start", "empty", "p95", "migrations", "again"):
            table.add_column(header, justify="right", no_wrap=True)
        for wave in rolling.legs:
            table.add_row(
                "home" if wave is rolling.home else str(wave.number),
                names.all_of(wave.hosts) or "all are back",
                clock_text(wave.start_s),
                clock_text(wave.start_s + wave.plan.makespan_s),
                clock_text(wave.start_s + wave.plan.makespan_p95_s),
                str(len(wave.moves)),
                str(wave.moved_again),
            )
        console.print(table)
        console.print(
            f"{counted_text(len(rolling.waves), 'wave')}, {counted_text(rolling.migrations, 'migration')} for "
            f"{counted_text(rolling.vms, 'VM')} on these hosts ({rolling.moves_per_vm:.2f} a VM), {rolling.returned} "
            f"of them end where they began"
        )
        console.print(
            f"over after {duration_text(rolling.end_s)} with {duration_text(rolling.work_s)} of work on each wave "
            f"(every wave at its p95: {duration_text(rolling.end_p95_s)})"
        )
    for wave in rolling.legs:
        for blocked in wave.plan.blocked:
            told = names.all_of(tuple(move.vm for move in blocked.moves))
            console.print(f"blocked    wave {wave.number}, {told}: {blocked.reason}", soft_wrap=True)
    for stuck in rolling.stuck:
        console.print(f"X {names.of(stuck.host)} cannot be emptied: {stuck.reason}", soft_wrap=True)


def rolling_document(inventory: Inventory, rolling: RollingPlan) -> dict[str, Any]:
    """The same for scripts: each wave with its whole timeline."""
    return {
        "format": ROLLING_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "waves": [_wave_document(inventory, wave) for wave in rolling.waves],
        "home": None if rolling.home is None else _wave_document(inventory, rolling.home),
        "stuck": [{"host": entity_document(inventory, stuck.host), "reason": stuck.reason} for stuck in rolling.stuck],
        "vms": rolling.vms,
        "migrations": rolling.migrations,
        "moves_per_vm": rolling.moves_per_vm,
        "returned": rolling.returned,
        "work_s": rolling.work_s,
        "end_s": rolling.end_s,
        "end_p95_s": rolling.end_p95_s,
    }


def _wave_document(inventory: Inventory, wave: Wave) -> dict[str, Any]:
    return {
        "number": wave.number,
        "hosts": [entity_document(inventory, host) for host in wave.hosts],
        "start_s": wave.start_s,
        "moved_again": wave.moved_again,
    } | plan_document(inventory, wave.plan)
