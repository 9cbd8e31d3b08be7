"""The answer to *does it fit the window?* as a person reads it, and as a document."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.windows.remedies import Remedy, RemedyKind
from recommender.planning.windows.window import WindowAnswer
from recommender.report.names import Names
from recommender.report.quantity_text import duration_text
from recommender.report.text import plain

NAMES_TOLD = 10


def print_window(
    console: Console,
    inventory: Inventory,
    answer: WindowAnswer,
    starts_at: datetime,
    remedies: Sequence[Remedy] = (),
) -> None:
    """Print yes or no, the times of day behind it, and, with a no, what was tried to make it fit."""
    names = Names(inventory)
    verdict = "yes" if answer.fits else "no"
    console.print(
        f"window     {verdict}: {duration_text(answer.window_s)}, until {_clock(starts_at, answer.window_s)}; "
        f"all is over by then with {percent_text(answer.probability)} probability"
    )
    if answer.blocked:
        console.print(f"           no window helps what is blocked: {_some(names, answer.blocked)}")
    if answer.last_start_s is not None:
        console.print(f"           last start that still fits: {_clock(starts_at, answer.last_start_s)}")
    else:
        console.print(
            f"           over by {_clock(starts_at, answer.finish_p50_s)} at the earliest in half of all cases, by "
            f"{_clock(starts_at, answer.finish_p95_s)} in 95 of 100"
        )
        console.print(f"           would fit: a window of {duration_text(answer.finish_p95_s)}")
    for remedy in remedies:
        console.print(f"           {remedy_text(names, remedy, starts_at)}", soft_wrap=True)


def remedy_text(names: Names, remedy: Remedy, starts_at: datetime) -> str:
    """One way out in a line: whether it would do, what it is, and its numbers."""
    answer = remedy.answer
    blocked = f", {len(answer.blocked)} blocked" if answer.blocked else ""
    return (
        f"{'would fit' if answer.fits else 'tried, not enough'}: {_told(names, remedy)}: "
        f"{percent_text(answer.probability)}, over by {_clock(starts_at, answer.finish_p95_s)} in 95 of 100{blocked}"
    )


def _told(names: Names, remedy: Remedy) -> str:
    match remedy.kind:
        case RemedyKind.MORE_AT_ONCE:
            return "as many at once as vCenter allows, without your own caps"
        case RemedyKind.WITHOUT_RULE:
            return f"without the rule {plain(remedy.rules[0])!r}"
        case RemedyKind.WITHOUT_RULES:
            return f"without all of the rules {', '.join(repr(plain(rule)) for rule in remedy.rules)}"
        case RemedyKind.COLD:
            return f"{_count(remedy.vms)} shut down before they move: {_some(names, remedy.vms)}"
        case RemedyKind.FEWER_VMS:
            return f"without the {_count(remedy.vms)} that end last: {_some(names, remedy.vms)}"


def _count(vms: Sequence[EntityRef]) -> str:
    return f"{len(vms)} VM{'s' if len(vms) != 1 else ''}"


def window_document(inventory: Inventory, answer: WindowAnswer, remedies: Sequence[Remedy] = ()) -> dict[str, Any]:
    """The member ``window`` of a plan's document; seconds count from the plan's start."""
    names = Names(inventory)
    return {
        "window_s": answer.window_s,
        "fits": answer.fits,
        "probability": answer.probability,
        "finish_p50_s": answer.finish_p50_s,
        "finish_p95_s": answer.finish_p95_s,
        "last_start_s": answer.last_start_s,
        "left": [{"ref": str(vm), "name": names.of(vm)} for vm in answer.left],
        "blocked": [{"ref": str(vm), "name": names.of(vm)} for vm in answer.blocked],
        "remedies": [
            {
                "kind": remedy.kind.value,
                "rule": remedy.rules[0] if len(remedy.rules) == 1 else None,
                "rules": list(remedy.rules),
                "vms": [{"ref": str(vm), "name": names.of(vm)} for vm in remedy.vms],
                "fits": remedy.answer.fits,
                "probability": remedy.answer.probability,
                "finish_p50_s": remedy.answer.finish_p50_s,
                "finish_p95_s": remedy.answer.finish_p95_s,
                "blocked": len(remedy.answer.blocked),
            }
            for remedy in remedies
        ],
    }


def _clock(starts_at: datetime, seconds: float) -> str:
    return f"{starts_at + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S %Z}"


def percent_text(share: float) -> str:
    """A probability; what was never missed is no certainty."""
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _some(names: Names, vms: tuple[Any, ...]) -> str:
    rest = len(vms) - NAMES_TOLD
    return names.all_of(vms[:NAMES_TOLD]) + (f" and {rest} more" if rest > 0 else "")
