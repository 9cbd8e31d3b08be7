"""Why it cannot be done, in words: what clashes, and the cheapest ways out."""

from collections.abc import Callable, Iterator
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.placement.conflict import Conflict, ConflictMember, Shortage
from recommender.placement.diagnosis import Diagnosis
from recommender.placement.relaxations import Relaxation, RelaxationKind
from recommender.report.json_document import entity_document
from recommender.report.names import Names
from recommender.report.quantity_text import size_text
from recommender.report.text import plain

MOST_NAMED = 8
_ABOUT_ONE_HOST = {"evacuated_host": "to be emptied", "host_available": "takes nothing"}


def conflict_lines(names: Names, conflict: Conflict, relaxations: tuple[Relaxation, ...]) -> Iterator[str]:
    """What clashes, and what would be enough, a line each."""
    proof = "each of them is needed for it" if conflict.is_smallest else "perhaps not each of them is needed for it"
    yield f"Why not: these cannot be kept together (proven; {proof}):"
    yield (
        f"  {_vms(names, conflict)} have to be placed"
        if len(conflict.vms) > 1
        else f"  {_vms(names, conflict)} has to be placed"
    )
    alike: dict[tuple[str, str], list[ConflictMember]] = {}
    for member in conflict.members:
        alike.setdefault((_rule(member), _what_it_does(member, conflict)), []).append(member)
    for (rule, told), members in alike.items():
        hosts = [names.of(member.host) for member in members if member.host is not None]
        more = f" and {len(hosts) - MOST_NAMED} more" if len(hosts) > MOST_NAMED else ""
        where = f" on {', '.join(hosts[:MOST_NAMED])}{more}" if hosts else ""
        yield f"  {rule}{where}{told}"
    if relaxations:
        yield "Any one of these would be enough:"
        for relaxation in relaxations:
            yield f"  {_relaxation_text(names, relaxation)}"
    else:
        yield "No single change was found that would be enough."


def diagnosis_document(inventory: Inventory, diagnosis: Diagnosis | None) -> dict[str, Any]:
    """The same as JSON under ``conflict``, null where there is none or none is proven; ``told``: the line in words."""
    if diagnosis is None:
        return {"conflict": None}
    conflict, relaxations = diagnosis.conflict, diagnosis.relaxations
    names = Names(inventory)
    document = {
        "is_smallest": conflict.is_smallest,
        "vms": [entity_document(inventory, vm) for vm in conflict.vms],
        "members": [
            {
                "constraint": member.constraint,
                "rule": member.rule,
                "host": entity_document(inventory, member.host) if member.host else None,
                "told": _member_text(names, member, conflict),
            }
            for member in conflict.members
        ],
        "relaxations": [
            {
                "kind": relaxation.kind.value,
                "constraint": relaxation.constraint,
                "rule": relaxation.rule,
                "vm": entity_document(inventory, relaxation.vm) if relaxation.vm else None,
                "amount": relaxation.amount,
                "unit": relaxation.unit,
                "hosts": [entity_document(inventory, host) for host in relaxation.hosts],
                "told": _relaxation_text(names, relaxation),
            }
            for relaxation in relaxations
        ],
    }
    return {"conflict": document}


def _vms(names: Names, conflict: Conflict) -> str:
    if len(conflict.vms) <= MOST_NAMED:
        return names.all_of(conflict.vms)
    return f"{len(conflict.vms)} VMs ({names.all_of(conflict.vms[:3])} …)"


def _member_text(names: Names, member: ConflictMember, conflict: Conflict) -> str:
    where = f" on {names.of(member.host)}" if member.host else ""
    return f"{_rule(member)}{where}{_what_it_does(member, conflict)}"


def _rule(member: ConflictMember) -> str:
    return member.constraint + (f" {plain(member.rule)!r}" if member.rule else "")


def _what_it_does(member: ConflictMember, conflict: Conflict) -> str:
    if member.shortage is not None:
        return f": {_shortage_text(member.shortage, is_one=member.host is not None, vms=len(conflict.vms))}"
    if member.constraint in _ABOUT_ONE_HOST and member.host is not None:
        return f": {_ABOUT_ONE_HOST[member.constraint]}"
    if member.spread:
        domains, room = len(member.spread), sum(member.spread)
        return (
            f": {member.group} of them over {domains} domains, room for {room} in all, for {max(member.spread)} in one"
        )
    if member.group:
        return f": {member.group} of them {'on one host' if member.constraint == 'vm_affinity' else 'apart'}"
    if member.closed:
        what = "hosts" if len(conflict.vms) == 1 else "pairs of VM and host"
        return f": forbids {member.closed} of {member.pairs} {what}"
    return ""


def _shortage_text(short: Shortage, *, is_one: bool, vms: int) -> str:
    unit = _unit_of(short.capacity)
    what = "reservations" if short.capacity.endswith("_reservation") else "demand"
    asked = f"{what} of {unit(short.asked)}" + (f", the largest {unit(short.largest)}" if vms > 1 else "")
    room = f"room for {unit(short.room)}"
    return f"{asked}; {room}" + ("" if is_one else f" in all, for {unit(short.largest_room)} on one host")


def _relaxation_text(names: Names, relaxation: Relaxation) -> str:
    if relaxation.kind is RelaxationKind.WITHOUT_RULE:
        return (
            f"do without {relaxation.constraint} {plain(relaxation.rule or '')!r}"
            if (relaxation.rule != relaxation.constraint)
            else f"do without {relaxation.constraint}"
        )
    if relaxation.kind is RelaxationKind.KEEP_HOST:
        return f"do not empty {names.all_of(relaxation.hosts)}"
    if relaxation.kind is RelaxationKind.LEAVE_OUT_VM and relaxation.vm is not None:
        return f"leave out {names.of(relaxation.vm)}, or shut it down"
    amount = relaxation.amount or 0
    what = f"{_amount(amount)} more memory" if relaxation.unit == "MiB" else f"{_mhz(amount)} more CPU"
    hosts = names.all_of(relaxation.hosts[:MOST_NAMED])
    more = f" … ({len(relaxation.hosts)} hosts)" if len(relaxation.hosts) > MOST_NAMED else ""
    return f"{what} on {'any of ' if len(relaxation.hosts) > 1 else ''}{hosts}{more}"


def _unit_of(capacity: str) -> Callable[[int], str]:
    if capacity.startswith("memory"):
        return _amount
    return _mhz if capacity.startswith("cpu") else str


def _amount(mib: int) -> str:
    return size_text(mib)


def _mhz(mhz: int) -> str:
    return f"{mhz:,} MHz"
