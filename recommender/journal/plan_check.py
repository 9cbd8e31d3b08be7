"""What a plan file may not contain although each field alone is well formed: it may have been edited by hand."""

from collections.abc import Iterator
from typing import Any

from recommender.journal.untrusted_json import address, entries, is_negative, repeated, time_problems


def plan_problems(document: dict[str, Any]) -> Iterator[str]:
    """Steps that are there twice, that wait for no other step, or whose VM, hosts or datastores have no fingerprint."""
    yield from time_problems("created_at", document.get("created_at"))
    steps = entries(document.get("plan"), "steps")
    yield from repeated("plan.steps", steps, lambda step: step.get("number"))
    numbers = [step.get("number") for _, step in steps]
    vms, places = (_addresses(document.get("basis"), kind) for kind in ("vms", "places"))
    for position, step in steps:
        place = f"plan.steps[{position}]"
        if is_negative(step.get("number")):
            yield f"{place}.number: is negative"
        yield from _dependency_problems(place, step, numbers)
        move = step.get("move")
        if isinstance(move, dict):
            yield from _without_fingerprint(f"{place}.move", move, ("vm",), vms)
            yield from _without_fingerprint(f"{place}.move", move, ("source", "destination"), places)
        for number, disk in entries(move, "disk_moves"):
            disk_place = f"{place}.move.disk_moves[{number}]"
            yield from _without_fingerprint(disk_place, disk, ("source", "destination"), places)


def _dependency_problems(place: str, step: dict[str, Any], numbers: list[object]) -> Iterator[str]:
    others = step.get("depends_on")
    for other in others if isinstance(others, list) else []:
        if other not in numbers or other == step.get("number"):
            yield f"{place}.depends_on: {other!r} is no other step's number"


def _without_fingerprint(place: str, move: dict[str, Any], names: tuple[str, ...], known: set[str]) -> Iterator[str]:
    # A place without a fingerprint would never count as changed.
    for name in names:
        found = address(move.get(name))
        if found is not None and found not in known:
            yield f"{place}.{name}: {found!r} has no fingerprint in basis"


def _addresses(basis: object, kind: str) -> set[str]:
    pairs = basis.get(kind) if isinstance(basis, dict) else None
    found = (address(pair[0]) for pair in pairs if isinstance(pair, list) and pair) if isinstance(pairs, list) else ()
    return {one for one in found if one is not None}
