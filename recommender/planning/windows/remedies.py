"""What would make a plan fit its window: each way out is tried, and answers for itself with its own numbers.

Tried are only ways that somebody can decide: the operator's own rules of order and caps, lower limits than vCenter's,
VMs shut down before they move, VMs that stay for another time. Rules of vCenter's and hard rules of the policy stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate_move import estimate_move
from recommender.placement.result import Move
from recommender.planning.evolving_picture import disk_targets
from recommender.planning.schedule import schedule
from recommender.planning.windows.window import WindowAnswer, window_answer
from recommender.policy import ConcurrencyLimits, Policy

RULES_TRIED: Final = 8  # one plan each


class RemedyKind(StrEnum):
    """What is done otherwise."""

    MORE_AT_ONCE = "more_at_once"
    WITHOUT_RULE = "without_rule"
    WITHOUT_RULES = "without_rules"
    COLD = "cold"
    FEWER_VMS = "fewer_vms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One way out and what comes of it. ``rules``: the names of those left out; ``vms``: shut down, or left."""

    kind: RemedyKind
    answer: WindowAnswer
    rules: tuple[str, ...] = ()
    vms: tuple[EntityRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMoves:
    """Moves whose plan does not fit; ``answer``: what was said of that plan, ``seed`` that of its cases."""

    inventory: Inventory
    policy: Policy
    moves: Sequence[Move]
    constraints: Sequence[Constraint]
    answer: WindowAnswer
    seed: int = 0


def tried_remedies(late: LateMoves) -> tuple[Remedy, ...]:
    """All ways out that there are, those that are enough first; a plan is made for each."""
    found = [*_more_at_once(late), *_without_rules(late), *_cold(late), *_fewer(late)]
    return tuple(sorted(found, key=lambda remedy: not remedy.answer.fits))


def _more_at_once(late: LateMoves) -> Iterator[Remedy]:
    """Without the operator's caps, and with as many units as vCenter grants."""
    ours, granted = late.policy.limits, ConcurrencyLimits()
    limits = replace(
        ours,
        host_units=max(ours.host_units, granted.host_units),
        network_units_below_10_gbit_s=max(ours.network_units_below_10_gbit_s, granted.network_units_below_10_gbit_s),
        network_units_from_10_gbit_s=max(ours.network_units_from_10_gbit_s, granted.network_units_from_10_gbit_s),
        datastore_units=max(ours.datastore_units, granted.datastore_units),
    )
    policy = replace(late.policy, limits=limits, order=replace(late.policy.order, cap=()))
    if policy != late.policy:
        yield Remedy(kind=RemedyKind.MORE_AT_ONCE, answer=_answer(late, policy=policy))


def _without_rules(late: LateMoves) -> Iterator[Remedy]:
    """Each by itself; where none of them is enough, all of them together."""
    order = late.policy.order
    names = [rule.name for rules in (order.precedence, order.serialize, order.sync, order.deadline) for rule in rules]
    is_enough = False
    for name in names[:RULES_TRIED]:
        found = _without(late, RemedyKind.WITHOUT_RULE, (name,))
        is_enough = is_enough or found.answer.fits
        yield found
    if len(names) > 1 and not is_enough:
        yield _without(late, RemedyKind.WITHOUT_RULES, tuple(names))


def _without(late: LateMoves, kind: RemedyKind, names: tuple[str, ...]) -> Remedy:
    order = late.policy.order
    others = replace(
        order,
        precedence=tuple(rule for rule in order.precedence if rule.name not in names),
        serialize=tuple(rule for rule in order.serialize if rule.name not in names),
        sync=tuple(rule for rule in order.sync if rule.name not in names),
        deadline=tuple(rule for rule in order.deadline if rule.name not in names),
    )
    answer = _answer(late, policy=replace(late.policy, order=others))
    return Remedy(kind=kind, rules=names, answer=answer)


def _cold(late: LateMoves) -> Iterator[Remedy]:
    """The running VMs that would be late, shut down before they move."""
    off = {vm for vm in late.answer.left if late.inventory.vm(vm).is_powered_on}
    if not off:
        return
    vms = tuple(
        replace(vm, power_state=PowerState.POWERED_OFF) if vm.ref in off else vm
        for vm in late.inventory.virtual_machines
    )
    inventory = replace(late.inventory, virtual_machines=vms)
    moves = [
        replace(
            move,
            estimate=estimate_move(
                inventory,
                late.policy,
                inventory.vm(move.vm),
                inventory.host(move.destination),
                disk_targets(move),
            ),
        )
        if move.vm in off
        else move
        for move in late.moves
    ]
    yield Remedy(
        kind=RemedyKind.COLD, vms=tuple(sorted(off)), answer=_answer(replace(late, inventory=inventory, moves=moves))
    )


def _fewer(late: LateMoves) -> Iterator[Remedy]:
    """Without those that would be late: then others may come in another order."""
    left = set(late.answer.left)
    kept = [move for move in late.moves if move.vm not in left]
    if left and kept:
        yield Remedy(kind=RemedyKind.FEWER_VMS, vms=late.answer.left, answer=_answer(replace(late, moves=kept)))


def _answer(late: LateMoves, policy: Policy | None = None) -> WindowAnswer:
    plan = schedule(late.inventory, policy or late.policy, late.moves, late.constraints)
    return window_answer(plan, late.answer.window_s, late.seed)
