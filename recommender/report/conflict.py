"""Why it cannot be done, in words: what clashes, and the cheapest ways out."""

from collections.abc import Iterator
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.placement.conflicts.conflict import Conflict, ConflictMember
from recommender.placement.conflicts.diagnosis import Diagnosis
from recommender.placement.conflicts.relaxations import Relaxation, RelaxationKind
from recommender.report.conflict_member import mhz_text, what_it_does
from recommender.report.json_document import entity_document
from recommender.report.names import Names
from recommender.report.quantity_text import size_text
from recommender.report.text import plain

MOST_NAMED = 8


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
        alike.setdefault((_rule(member), what_it_does(member, conflict)), []).append(member)
    for (rule, told), members in alike.items():
        hosts = [names.of(place) for member in members if (place := member.host or member.datastore) is not None]
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
                "datastore": entity_document(inventory, member.datastore) if member.datastore else None,
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
                "datastores": [entity_document(inventory, store) for store in relaxation.datastores],
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
    place = member.host or member.datastore
    where = f" on {names.of(place)}" if place else ""
    return f"{_rule(member)}{where}{what_it_does(member, conflict)}"


def _rule(member: ConflictMember) -> str:
    return member.constraint + (f" {plain(member.rule)!r}" if member.rule else "")


def _relaxation_text(names: Names, relaxation: Relaxation) -> str:
    if relaxation.kind is RelaxationKind.WITHOUT_RULE:
        return (
            f"do without {relaxation.constraint} {plain(relaxation.rule or '')!r}"
            if (relaxation.rule != relaxation.constraint)
            else f"do without {relaxation.constraint}"
        )
    if relaxation.kind in (RelaxationKind.KEEP_HOST, RelaxationKind.KEEP_DATASTORE):
        return f"do not empty {names.all_of((*relaxation.hosts, *relaxation.datastores))}"
    if relaxation.kind is RelaxationKind.SPLIT_DISKS:
        return f"let disks of a VM go to several datastores (policy.{relaxation.constraint} = false)"
    if relaxation.kind is RelaxationKind.LEAVE_OUT_VM and relaxation.vm is not None:
        return f"leave out {names.of(relaxation.vm)}, or shut it down"
    amount = relaxation.amount or 0
    places = relaxation.datastores or relaxation.hosts
    kind = "space" if relaxation.datastores else "memory"
    what = f"{size_text(amount)} more {kind}" if relaxation.unit == "MiB" else f"{mhz_text(amount)} more CPU"
    more = f" … ({len(places)} in all)" if len(places) > MOST_NAMED else ""
    return f"{what} on {'any of ' if len(places) > 1 else ''}{names.all_of(places[:MOST_NAMED])}{more}"
