"""Putting moves in time: each as early as units and rules allow, so that every rule holds at every moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.move_order import LargeMoves
from recommender.placement.result import Move
from recommender.planning.blocked_moves import blocked_moves
from recommender.planning.end_rules import newly_broken
from recommender.planning.independent_parts import independent_parts
from recommender.planning.list_schedule import Draft, ListSchedule
from recommender.planning.lower_bound import lower_bound_s
from recommender.planning.order.kept import end_in_same_order
from recommender.planning.order.left_out_by_order import left_out_by_order
from recommender.planning.order.start_order import in_start_order
from recommender.planning.plan import Blocked, Plan, PlanStep
from recommender.planning.room_statements import RoomStatements, can_be_stated
from recommender.planning.shorten import Shortening, end_s, is_worth_trying
from recommender.planning.transfers.transfer import late_transfer, median_transfer
from recommender.policy import Policy

MANY_PARTS: Final = 8  # of more parts each gets less
HOP_TRIALS: Final = 4  # drafts in which hops lead nowhere, before planning without any


def schedule(inventory: Inventory, policy: Policy, moves: Sequence[Move], constraints: Sequence[Constraint]) -> Plan:
    """A plan for ``moves`` from ``inventory``; the same question has the same answer.

    Continuous rules hold at every moment with VMs in flight counted at both ends, the others at the end. A move for
    which there is no way, not even over one intermediate host, is blocked with its reason, and so are moves that
    without it would break a rule at the end. Migrations under way at the start hold their room and units throughout.
    Raises ``KeyError`` for a VM or host that is not in the inventory.
    """
    wanted = in_start_order(inventory, policy, moves)
    parts = independent_parts(inventory, policy, wanted)
    drawn = [_part(within, policy, some, constraints) for within, some in parts]
    share = min(1.0, MANY_PARTS / max(1, len(parts))) ** 0.5
    longest_s = 0.0
    for number in sorted(range(len(parts)), key=lambda one: -drawn[one].plan.makespan_s):
        # What is over before the rest decides nothing by being shorter.
        if drawn[number].plan.makespan_s > longest_s:
            drawn[number] = drawn[number].shorter(share, longest_s)
        drawn[number] = drawn[number].earlier()
        longest_s = max(longest_s, drawn[number].plan.makespan_s)
    return _joined([part.plan for part in drawn])


def _part(inventory: Inventory, policy: Policy, wanted: list[Move], constraints: Sequence[Constraint]) -> "_Part":
    continuous = [rule for rule in constraints if rule.continuous]
    is_stated = can_be_stated(inventory, policy, wanted)
    said = RoomStatements(inventory, continuous, wanted) if is_stated else None
    blocked: list[Blocked] = []
    while True:
        draft = _best_draft(inventory, policy, wanted, constraints, said)
        left_out = _breaking_at_the_end(inventory, draft, constraints, wanted)
        left_out = left_out or left_out_by_order(inventory, policy, draft, wanted, blocked)
        if not left_out:
            break
        blocked.extend(left_out)
        gone = {id(move) for group in left_out for move in group.moves}
        wanted = [move for move in wanted if id(move) not in gone]
    stuck = blocked_moves(inventory, draft.picture, policy, continuous, draft.stuck)
    blocked.extend(stuck)
    return _Part(
        inventory=inventory,
        policy=policy,
        constraints=constraints,
        wanted=wanted,
        said=said,
        draft=draft,
        plan=_plan(inventory, policy, continuous, draft, tuple(blocked), said),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Moves that have nothing to do with others, and the best that is known of them."""

    inventory: Inventory
    policy: Policy
    constraints: Sequence[Constraint]
    wanted: Sequence[Move]
    said: RoomStatements | None
    draft: Draft
    plan: Plan

    def shorter(self, share: float, enough_s: float) -> "_Part":
        """With a shorter plan or a better bound, where there is one; the arguments as of ``Shortening``."""
        bound_s = self.plan.makespan_lower_bound_s
        search = self._search(share, enough_s)
        if search is None or not is_worth_trying(self.draft, bound_s):
            return self
        part = self._with(search.shorter(self.draft, bound_s))
        # The steps are the same in another order, so both bounds hold for both.
        bounds = [bound_s] if len(part.draft.steps) == len(self.draft.steps) else []
        if is_worth_trying(part.draft, part.plan.makespan_lower_bound_s):
            bounds.append(search.bound_s(part.draft))
        return part.bounded(bounds)

    def earlier(self) -> "_Part":
        """With the mean of all ends earlier, where nothing is over later for it."""
        search = self._search()
        return (
            self
            if search is None
            else self._with(search.earlier(self.draft)).bounded([self.plan.makespan_lower_bound_s])
        )

    def _search(self, share: float = 1.0, enough_s: float = 0.0) -> Shortening | None:
        order = self.policy.order
        if self.said is None or self.draft.stuck or order.deadline or order.large_moves is not LargeMoves.BUSIEST_FIRST:
            return None
        return Shortening(
            inventory=self.inventory,
            policy=self.policy,
            constraints=self.constraints,
            said=self.said,
            wanted=self.wanted,
            share=share,
            enough_s=enough_s,
        )

    def _with(self, draft: Draft) -> "_Part":
        if draft is self.draft:
            return self
        continuous = [rule for rule in self.constraints if rule.continuous]
        plan = _plan(self.inventory, self.policy, continuous, draft, self.plan.blocked, self.said)
        return replace(self, draft=draft, plan=plan)

    def bounded(self, bounds: Sequence[float]) -> "_Part":
        """With the best of its bound and these."""
        bound_s = min(max([self.plan.makespan_lower_bound_s, *bounds]), self.plan.makespan_s)
        return replace(self, plan=replace(self.plan, makespan_lower_bound_s=bound_s))


def _joined(parts: Sequence[Plan]) -> Plan:
    """Plans that have nothing to do with each other, side by side."""
    placed = sorted((step.start_s, part, step.number) for part, plan in enumerate(parts) for step in plan.steps)
    numbers = {(part, number): place for place, (_, part, number) in enumerate(placed, start=1)}
    steps = (
        replace(
            parts[part].steps[number - 1],
            number=place,
            depends_on=tuple(numbers[part, other] for other in parts[part].steps[number - 1].depends_on),
        )
        for place, (_, part, number) in enumerate(placed, start=1)
    )
    return Plan(
        steps=tuple(steps),
        makespan_s=max((plan.makespan_s for plan in parts), default=0.0),
        makespan_p95_s=max((plan.makespan_p95_s for plan in parts), default=0.0),
        makespan_lower_bound_s=max((plan.makespan_lower_bound_s for plan in parts), default=0.0),
        blocked=tuple(group for plan in parts for group in plan.blocked),
    )


def _best_draft(
    inventory: Inventory,
    policy: Policy,
    moves: Sequence[Move],
    constraints: Sequence[Constraint],
    said: RoomStatements | None,
) -> Draft:
    draft, direct_only = _draft_without_lost_hops(inventory, policy, moves, constraints, said)
    if not draft.hops:
        return draft
    # A hop found when nothing else could move may as well be made much earlier.
    legs = {id(whole): (first, second) for whole, first, second in draft.hops}
    in_legs = [leg for move in moves for leg in legs.get(id(move), (move,))]
    earlier = ListSchedule(inventory, policy, in_legs, constraints, direct_only | {m.vm for m in moves}, said).run()
    return earlier if not earlier.stuck and end_s(earlier) < end_s(draft) else draft


def _draft_without_lost_hops(
    inventory: Inventory,
    policy: Policy,
    moves: Sequence[Move],
    constraints: Sequence[Constraint],
    said: RoomStatements | None,
) -> tuple[Draft, set[EntityRef]]:
    """A draft in which whoever goes to an intermediate host also leaves it."""
    direct_only: set[EntityRef] = set()
    for _ in range(HOP_TRIALS):
        draft = ListSchedule(inventory, policy, moves, constraints, direct_only, said).run()
        second_legs = {id(second): second.vm for _, _, second in draft.hops}
        lost = {second_legs[id(move)] for move in draft.stuck if id(move) in second_legs}
        if not lost:
            return draft, direct_only
        direct_only |= lost
    direct_only = {move.vm for move in moves}
    return ListSchedule(inventory, policy, moves, constraints, direct_only, said).run(), direct_only


def _breaking_at_the_end(
    inventory: Inventory, draft: Draft, constraints: Sequence[Constraint], wanted: Sequence[Move]
) -> list[Blocked]:
    """Moves that break a rule at the end, because others are blocked."""
    done = {step.move.vm for step in draft.steps}
    left_out: dict[EntityRef, None] = {}
    groups = []
    for broken in newly_broken(inventory, draft.picture, constraints, [step.move for step in draft.steps]):
        members = [m for m in wanted if m.vm in broken.vms and m.vm in done and m.vm not in left_out]
        left_out.update(dict.fromkeys(move.vm for move in members))
        if members:
            rule = f"rule {broken.rule!r}" if broken.rule else broken.constraint
            reason = f"{rule} would be newly broken at the end, as other moves are not possible: {broken.reason}"
            groups.append(Blocked(moves=tuple(members), reason=reason))
    return groups


def _plan(
    inventory: Inventory,
    policy: Policy,
    continuous: Sequence[Constraint],
    draft: Draft,
    blocked: tuple[Blocked, ...],
    said: RoomStatements | None,
) -> Plan:
    steps = tuple(
        PlanStep(
            number=number,
            move=step.move,
            start_s=step.start_s,
            end_s=step.start_s if step.end_s is None else step.end_s,
            depends_on=tuple(position + 1 for position in step.depends_on),
        )
        for number, step in enumerate(draft.steps, start=1)
    )
    moves = [step.move for step in steps]
    makespan_s = end_s(draft)
    late = [late_transfer(inventory, policy, move) for move in moves]
    median = [median_transfer(inventory, policy, move) for move in moves]
    return Plan(
        steps=steps,
        makespan_s=makespan_s,
        makespan_p95_s=max(makespan_s, end_in_same_order(steps, late)),
        makespan_lower_bound_s=lower_bound_s(inventory, policy, continuous, moves, median, draft.refused, said),
        blocked=blocked,
    )
