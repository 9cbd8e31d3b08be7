"""The answer of placement as a person reads it: moves, what they buy, and what could not be done."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import host_use
from recommender.placement.conflicts.diagnosis import Diagnosis
from recommender.placement.result import Move, PlacementResult, SolveStatus, Unplaceable
from recommender.planning.left_behind import left_behind
from recommender.planning.move_warnings import move_warnings
from recommender.report.conflict import conflict_lines
from recommender.report.console import new_table
from recommender.report.curve import curve_table
from recommender.report.fitted_table import print_fitted
from recommender.report.move_ends import copied_to
from recommender.report.names import Names
from recommender.report.quantity_text import duration_text, share_text, size_text
from recommender.report.text import plain
from recommender.report.violation_text import rejection_lines, violation_lines

STATUS_TEXT = {
    SolveStatus.OPTIMAL: "optimal: proven, nothing is better",
    SolveStatus.FEASIBLE: "feasible: as asked, and no rule newly broken",
    SolveStatus.NOTHING_TO_DO: "nothing to do: what was asked for holds, and no move pays",
    SolveStatus.INFEASIBLE: "infeasible: proven, no placement keeps every rule",
    SolveStatus.LIMITED: "limited: the limit on moves or GiB leaves rules broken",
    SolveStatus.OUT_OF_TIME: "out of time: nothing is proven, and what was asked for is not reached",
}


LESS_NEEDED = ("cost", "gain", "sent", "downtime", "prio", "reason")  # in a narrow terminal, first to go first


def print_recommendation(
    console: Console, inventory: Inventory, result: PlacementResult, diagnosis: Diagnosis | None = None
) -> None:
    """Print moves, summary, everything that stays broken, and why that is."""
    names = Names(inventory)
    if result.moves:
        print_fitted(console, moves_table(names, result.moves), LESS_NEEDED)
        for line in left_behind_lines(inventory, names, result.moves):
            console.print(line, soft_wrap=True)
        console.print()
    for line in summary_lines(inventory, result):
        console.print(line)
    if result.curve:
        console.print()
        console.print(curve_table(result.curve))
    _print_unplaceable(console, names, result.unplaceable)
    if result.remaining_violations:
        console.print("\nStill broken after these moves:")
    for line in violation_lines(names, result.remaining_violations, most=len(result.remaining_violations)):
        console.print(line, soft_wrap=True)
    if diagnosis is not None:
        console.print()
        for line in conflict_lines(names, diagnosis.conflict, diagnosis.relaxations):
            console.print(line, soft_wrap=True)


def _print_unplaceable(console: Console, names: Names, left: tuple[Unplaceable, ...]) -> None:
    for unplaceable in left:
        console.print(f"\n{names.of(unplaceable.vm)} has to leave and no {_kind(unplaceable)} can take it:")
        for line in rejection_lines(names, unplaceable.rejections):
            console.print(f"  X {line}", soft_wrap=True)


def left_behind_lines(inventory: Inventory, names: Names, moves: tuple[Move, ...]) -> Iterator[str]:
    """What is to be known of moves, and what VMs lose that leave their cluster or vCenter."""
    for move in moves:
        if lost := left_behind(inventory, move):
            yield f"! {names.of(move.vm)} loses by leaving its cluster: {plain(', '.join(lost))}"
        for warning in move_warnings(inventory, move):
            yield f"! {names.of(move.vm)}: {plain(warning)}"


def _kind(unplaceable: Unplaceable) -> str:
    if not unplaceable.rejections:
        return "other place"
    return "datastore" if any(rejection.datastore for rejection in unplaceable.rejections) else "host"


def moves_table(names: Names, moves: tuple[Move, ...]) -> Table:
    """One row a move, the strongest first."""
    table = new_table("Recommended moves")
    for header in ("prio", "VM", "from", "to", "reason"):
        table.add_column(header, overflow="fold")
    for header in ("gain", "cost", "time p50 … p95", "downtime", "sent", "risk"):
        table.add_column(header, justify="right", no_wrap=True)
    for move in sorted(moves, key=lambda move: (move.priority, -move.gain, move.vm)):
        estimate = move.estimate
        table.add_row(
            str(move.priority),
            names.of(move.vm),
            names.of(move.source),
            names.of(move.destination) + (f" + disks to {copied_to(names, move)}" if move.disk_moves else ""),
            move.reason.value,
            f"{move.gain:.1f}",
            "–" if move.cost is None else f"{move.cost:.1f}",
            f"{duration_text(estimate.duration_p50_s)} … {duration_text(estimate.duration_p95_s)}",
            f"{estimate.downtime_p50_ms:.0f} ms",
            size_text(estimate.sent_mib_p50),
            estimate.risk.value,
        )
    return table


def summary_lines(inventory: Inventory, result: PlacementResult) -> Iterator[str]:
    """Status, objective and its proof, and the fullest hosts before and after."""
    yield f"status     {STATUS_TEXT[result.status]}"
    if result.is_stopped:
        yield f"stopped    after {result.rounds} rounds: the best answer so far"
    before, after = result.starting_objective.total, result.objective.total
    terms = ", ".join(f"{name} {value:.1f}" for name, value in result.objective.terms)
    yield f"objective  {before:.1f} → {after:.1f}  ({terms})"
    bound = "unknown" if result.bound is None else f"{result.bound:.1f}"
    yield f"proof      bound {bound}, gap {share_text(result.gap)}, gain gap {share_text(result.gain_gap)}"
    then = inventory
    for move in result.moves:
        targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
        then = then.with_vm_on(move.vm, move.destination, targets, move.new_formats)
    for label, resource in (("fullest", "cpu"), ("", "memory")):
        yield f"{label:10} {_fullest(inventory, resource)} → {_fullest(then, resource)}"
    if any(move.disk_moves for move in result.moves):
        yield f"{'':10} {_fullest_datastore(inventory)} → {_fullest_datastore(then)}"


def _fullest(inventory: Inventory, resource: str) -> str:
    uses = [(getattr(host_use(inventory, host), resource), host) for host in inventory.hosts if host.is_available]
    if not uses:
        return f"{resource} – (no host is available)"
    share, host = max(uses, key=lambda use: (use[0], use[1].ref))
    return f"{resource} {share_text(share)} ({Names(inventory).of(host.ref)})"


def _fullest_datastore(inventory: Inventory) -> str:
    stores = [store for store in inventory.datastores if store.capacity_mib > 0]
    store = max(stores, key=lambda one: (1 - one.free_mib / one.capacity_mib, one.ref))
    return f"datastore {share_text(1 - store.free_mib / store.capacity_mib)} ({Names(inventory).of(store.ref)})"
