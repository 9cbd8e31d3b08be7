"""What one requirement of a conflict does to the VMs of it, in words."""

from collections.abc import Callable

from recommender.placement.conflicts.conflict import Conflict, ConflictMember, Shortage
from recommender.placement.joint.disk_requirements import TOGETHER
from recommender.report.quantity_text import size_text

_ABOUT_ONE_PLACE = {
    "evacuated_host": "to be emptied",
    "host_available": "takes nothing",
    "evacuated_datastore": "to be emptied",
}


def what_it_does(member: ConflictMember, conflict: Conflict) -> str:
    """Beginning with a colon, or nothing where there is nothing to add."""
    short = member.shortage
    if short is not None and member.datastore is not None:
        told = _space_text(short, disks=member.disks)
    elif short is not None:
        told = _shortage_text(short, is_one=member.host is not None, vms=len(conflict.vms))
    elif member.constraint in _ABOUT_ONE_PLACE and (member.host or member.datastore):
        told = _ABOUT_ONE_PLACE[member.constraint]
    else:
        told = _about_groups(member, conflict) or _about_pairs(member, conflict)
    return f": {told}" if told else ""


def mhz_text(mhz: int) -> str:
    """CPU."""
    return f"{mhz:,} MHz"


def _about_groups(member: ConflictMember, conflict: Conflict) -> str:
    if member.spread:
        domains, room = len(member.spread), sum(member.spread)
        return f"{member.group} of them over {domains} domains, room for {room} in all, for {max(member.spread)} in one"
    if member.apart:
        return f"{member.apart} {'of them' if len(conflict.vms) > 1 else 'disks'} apart"
    if member.group:
        return f"{member.group} of them {'on one host' if member.constraint == 'vm_affinity' else 'apart'}"
    return "disks that share a datastore go to one" if member.constraint == TOGETHER else ""


def _about_pairs(member: ConflictMember, conflict: Conflict) -> str:
    if member.closed:
        what = "hosts" if len(conflict.vms) == 1 else "pairs of VM and host"
        return f"forbids {member.closed} of {member.pairs} {what}"
    if member.copies:
        what = "datastores" if member.disks == 1 else "pairs of disk and datastore"
        return f"forbids {member.copies} of {member.ways} {what}"
    return ""


def _space_text(short: Shortage, *, disks: int) -> str:
    largest = f", the largest {size_text(short.largest)}" if disks > 1 else ""
    return f"{size_text(short.asked)} of disks that are elsewhere{largest}; room for {size_text(short.room)}"


def _shortage_text(short: Shortage, *, is_one: bool, vms: int) -> str:
    unit = _unit_of(short.capacity)
    what = "reservations" if short.capacity.endswith("_reservation") else "demand"
    asked = f"{what} of {unit(short.asked)}" + (f", the largest {unit(short.largest)}" if vms > 1 else "")
    room = f"room for {unit(short.room)}"
    return f"{asked}; {room}" + ("" if is_one else f" in all, for {unit(short.largest_room)} on one host")


def _unit_of(capacity: str) -> Callable[[int], str]:
    if capacity.startswith("memory"):
        return size_text
    return mhz_text if capacity.startswith("cpu") else str
