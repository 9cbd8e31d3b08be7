"""Making a draft shorter, then its mean end earlier: orders found elsewhere are tried on the real timeline.

Where room is scarce, orders in which nothing is shared are the better ones; they are found by trying many, then by
CP-SAT. A link carries the same in all, however many share it: so in such an order most moves are over much earlier.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.dependencies import DraftStep
from recommender.planning.list_schedule import Draft, ListSchedule
from recommender.planning.order.gates import gates_of
from recommender.planning.order.kept import times_in_same_order
from recommender.planning.order.model import FEW, TICKS_A_S, best_order
from recommender.planning.order.room_times import RoomTimes, room_times
from recommender.planning.order.rules import OrderRules
from recommender.planning.order.search import earliest_ends, one_by_one, shortest_order
from recommender.planning.order.shared_search import SAME_TIME_S, SharedSearch
from recommender.planning.order.window_search import shorter_by_windows
from recommender.planning.plan import PlanStep
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.link_use import HELD, HELD_AND_SHARED, UNCOUNTED, LinkUse
from recommender.planning.transfers.transfer import median_transfer
from recommender.planning.transfers.unshared_timeline import Timed, UnsharedTimeline
from recommender.policy import Policy

WORTH_TRYING: Final = 1.005  # makespan over bound; below it nothing is looked for
WORTH_IT: Final = 0.99  # a plan so much shorter may let fewer migrations run at once
WORTH_A_HOP: Final = 0.95  # a plan so much shorter may take a way round that is not needed
EFFORT_A_MOVE: Final = 0.0006  # deterministic seconds of CP-SAT
EFFORT_IN_WINDOWS: Final = 0.0012  # the same, where it is asked window by window
MOST_EFFORT: Final = 0.7  # deterministic seconds; 2,300 moves that wait for each other gained nothing from more
EFFORT_FOR_FEW: Final = 0.08  # where it can prove something
EFFORT_FOR_BOUND: Final = 0.02
TRIALS: Final = 60  # orders
TRIED_MOVES: Final = 12_000  # in all orders together
SHARED_TRIALS: Final = 250  # changes of who waits for whom
SHARED_MOVES: Final = 12_500  # in all of them together
FEWEST_TRIALS: Final = 10  # fewer are not worth their preparation
TRIED_EARLIER: Final = (100, 20_000)  # the same, where all are to end earlier
USES_OF_FEW: Final = (HELD_AND_SHARED, HELD)
USES_OF_MANY: Final = (HELD,)
NEAR: Final = 1.1  # to what is wanted; many moves that share nothing and take longer hardly came so far by windows
FINE_TICKS_A_S: Final = 100  # so that rounding makes nothing later
SEARCHED_LATER: Final = 1.03  # in timelines that share nothing; the real one may be shorter
NOTHING_LATER: Final = 1.001  # how much later the last may end, so that all others end earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """What is known of some moves.

    ``share`` (0 … 1) of the effort that is made. ``enough_s``: to be over before that is worth nothing.
    """

    inventory: Inventory
    policy: Policy
    constraints: Sequence[Constraint]
    said: RoomStatements
    wanted: Sequence[Move]
    share: float = 1.0
    enough_s: float = 0.0

    def shorter(self, draft: Draft, bound_s: float) -> Draft:
        """``draft``, or one that is over earlier; nothing is over before ``bound_s``."""
        best, enough_s = draft, max(bound_s, self.enough_s)
        for link_use in USES_OF_FEW if len(draft.steps) <= FEW else USES_OF_MANY:
            if is_worth_trying(best, enough_s):
                found = self._in_order(draft, link_use, enough_s, WORTH_IT * end_s(best))
                best = min((one for one in found if end_s(one) < WORTH_IT * end_s(best)), key=end_s, default=best)
        return self._better_shared(best) if is_worth_trying(best, enough_s) else best

    def _better_shared(self, draft: Draft) -> Draft:
        """With other waits where that is shorter, links shared."""
        moves = [step.move for step in draft.steps]
        trials = int(self.share * min(SHARED_TRIALS, SHARED_MOVES / len(moves)))
        if trials < FEWEST_TRIALS or OrderRules(self.inventory, self.policy.order, moves).says_anything:
            return draft
        timeline = UnsharedTimeline(self.inventory, self.policy, self.said, moves, TICKS_A_S, UNCOUNTED)
        at: defaultdict[EntityRef, set[int]] = defaultdict(set)
        for number, move in enumerate(moves):
            at[move.source].add(number)
            at[move.destination].add(number)
        meets = [(at[move.source] | at[move.destination]) - {number} for number, move in enumerate(moves)]
        starts = SharedSearch(timeline, timeline.transfers, meets).better(
            [step.start_s for step in draft.steps], [step.end_s or 0.0 for step in draft.steps], trials
        )
        found = self._timed(moves, starts, [transfer.alone_s for transfer in timeline.transfers], end_s(draft))
        return min([draft, *found], key=end_s)

    def _in_order(self, draft: Draft, link_use: LinkUse, enough_s: float, latest_s: float) -> list[Draft]:
        """What is found when links are used so, on the real timeline."""
        found: _Found | None = None
        for moves in self._ways(draft):
            other = self._unshared(moves, draft, link_use)
            if other is not None and (found is None or other.timed.end < WORTH_A_HOP * found.timed.end):
                found = other
            if found is not None and len(moves) > FEW:
                break  # with hops, if only so they can all be moved
        if found is None:
            return []
        timeline = found.timeline
        starts_s: Sequence[float] = [start / TICKS_A_S for start in found.timed.starts]
        is_near = len(found.moves) <= FEW or found.timed.end <= TICKS_A_S * NEAR * latest_s
        if is_near and found.timed.end > TICKS_A_S * enough_s:
            starts_s = self._shortest(found, starts_s, link_use, enough_s)
        return self._timed(found.moves, starts_s, [length / TICKS_A_S for length in timeline.lengths], latest_s)

    def _shortest(
        self, found: "_Found", starts_s: Sequence[float], link_use: LinkUse, enough_s: float
    ) -> Sequence[float]:
        """The best that CP-SAT finds from there, all at once or window by window."""
        moves, enough = found.moves, int(TICKS_A_S * enough_s)
        if len(moves) > FEW and not OrderRules(self.inventory, self.policy.order, moves).says_anything:
            effort = self.share * min(MOST_EFFORT, EFFORT_IN_WINDOWS * len(moves))
            better = shorter_by_windows(found.timeline, found.timed.starts, effort, enough)
            return [start / TICKS_A_S for start in better]
        effort = EFFORT_FOR_FEW if len(moves) <= FEW else self.share * EFFORT_A_MOVE * len(moves)
        transfers = found.timeline.transfers
        alone_s = [transfer.alone_s for transfer in transfers]
        steps = [DraftStep(move=move, start_s=start_s) for move, start_s in zip(moves, starts_s, strict=True)]
        best = best_order(
            self.inventory,
            self.policy,
            self.said,
            steps,
            alone_s,
            effort,
            transfers,
            found.timed.end / TICKS_A_S,
            link_use=link_use,
            times=found.times,
            enough_s=enough_s,
        )
        return best.starts_s or starts_s

    def earlier(self, draft: Draft) -> Draft:
        """``draft``, or one that is over as early, and in which the mean of all ends is earlier."""
        moves = [step.move for step in draft.steps]
        timeline = UnsharedTimeline(self.inventory, self.policy, self.said, moves, FINE_TICKS_A_S)
        found = earliest_ends(
            timeline,
            self._orders(timeline, moves, draft),
            self._trials(moves, *TRIED_EARLIER),
            int(FINE_TICKS_A_S * SEARCHED_LATER * end_s(draft)),
        )
        if found is None:
            return draft
        starts = [start / FINE_TICKS_A_S for start in found.starts]
        alone_s = [length / FINE_TICKS_A_S for length in timeline.lengths]
        others = self._timed(moves, starts, alone_s, NOTHING_LATER * end_s(draft))
        return min([draft, *others], key=mean_end_s)

    def bound_s(self, draft: Draft) -> float:
        """A bound for its steps in any order, hops included; of many nothing is proven in the time there is."""
        if len(draft.steps) > FEW:
            return 0.0
        alone_s = [median_transfer(self.inventory, self.policy, step.move).alone_s for step in draft.steps]
        return best_order(
            self.inventory, self.policy, self.said, draft.steps, alone_s, EFFORT_FOR_BOUND, latest_s=end_s(draft)
        ).bound_s

    def _ways(self, draft: Draft) -> list[Sequence[Move]]:
        """The moves themselves, and with the hops of the draft."""
        return [self.wanted, [step.move for step in draft.steps]] if draft.hops else [self.wanted]

    def _unshared(self, moves: Sequence[Move], draft: Draft, link_use: LinkUse) -> "_Found | None":
        timeline = UnsharedTimeline(self.inventory, self.policy, self.said, moves, TICKS_A_S, link_use)
        times = room_times(self.said, moves, timeline.transfers)
        urgent_s = [tail + transfer.alone_s for tail, transfer in zip(times.tails, timeline.transfers, strict=True)]
        orders = [*self._orders(timeline, moves, draft), *one_by_one(timeline, urgent_s)]
        found = shortest_order(timeline, orders, self._trials(moves))
        return None if found is None else _Found(moves, timeline, times, found)

    def _orders(self, timeline: UnsharedTimeline, moves: Sequence[Move], draft: Draft) -> list[list[int]]:
        """As the moves are given, as the draft has them, short ones first, and long ones first."""
        numbers = list(range(len(moves)))
        starts = {step.move.vm: step.start_s for step in draft.steps}
        return [
            numbers,
            sorted(numbers, key=lambda number: starts[moves[number].vm]),
            sorted(numbers, key=lambda number: timeline.lengths[number]),
            sorted(numbers, key=lambda number: -timeline.lengths[number]),
        ]

    def _trials(self, moves: Sequence[Move], orders: int = TRIALS, tried_moves: int = TRIED_MOVES) -> int:
        return int(self.share * min(orders, tried_moves / max(1, len(moves))))

    def _timed(
        self, moves: Sequence[Move], starts: Sequence[float], alone_s: Sequence[float], latest_s: float
    ) -> list[Draft]:
        """On the real timeline: exactly so, and each as early as that order lets it; those over at ``latest_s``."""
        order = sorted(range(len(moves)), key=lambda number: (starts[number], number))
        moves, starts, alone_s = [moves[n] for n in order], [starts[n] for n in order], [alone_s[n] for n in order]
        gates = gates_of(moves, starts, [start + alone for start, alone in zip(starts, alone_s, strict=True)])
        vms = {move.vm for move in moves}
        drafts = [
            ListSchedule(self.inventory, self.policy, moves, self.constraints, vms, self.said, **keeping).run()
            for keeping in ({"not_before": starts}, {"gates": gates})
        ]
        whole = [draft for draft in drafts if not draft.stuck and len(draft.steps) == len(moves)]
        carried_out = [self._as_carried_out(draft, latest_s) for draft in whole]
        return [draft for draft in carried_out if draft is not None and end_s(draft) <= latest_s]

    def _as_carried_out(self, draft: Draft, latest_s: float) -> Draft | None:
        """With the times that it has where each step starts once those have ended after which it starts in ``draft``.

        Whoever carries a plan out does not look at the clock: a step that was to begin just before the end of another
        begins sooner, and shares its links with it. ``None`` if it is then over after ``latest_s``.
        """
        steps = [
            PlanStep(
                number=number,
                move=step.move,
                start_s=step.start_s,
                end_s=step.end_s or step.start_s,
                depends_on=tuple(position + 1 for position in step.depends_on),
            )
            for number, step in enumerate(draft.steps, start=1)
        ]
        transfers = [median_transfer(self.inventory, self.policy, step.move) for step in steps]
        times = times_in_same_order(steps, transfers)
        if max((end for _, end in times.values()), default=0.0) > latest_s + SAME_TIME_S:
            return None
        if all(abs(times[position][0] - step.start_s) <= SAME_TIME_S for position, step in enumerate(steps)):
            return draft
        order = sorted(times, key=lambda position: (times[position][0], position))
        moves, starts = [steps[n].move for n in order], [times[n][0] for n in order]
        vms = {move.vm for move in moves}
        kept = ListSchedule(
            self.inventory, self.policy, moves, self.constraints, vms, self.said, not_before=starts
        ).run()
        return draft if kept.stuck or len(kept.steps) != len(steps) else kept


@dataclass(frozen=True, slots=True)
class _Found:
    """A timeline of ``moves`` in which nothing is shared."""

    moves: Sequence[Move]
    timeline: UnsharedTimeline
    times: RoomTimes
    timed: Timed


def is_worth_trying(draft: Draft, bound_s: float) -> bool:
    """Whether a shorter order may exist that is worth the search."""
    return end_s(draft) > WORTH_TRYING * bound_s


def end_s(draft: Draft) -> float:
    """When its last step ends."""
    return max((step.end_s or 0.0 for step in draft.steps), default=0.0)


def mean_end_s(draft: Draft) -> float:
    """The mean of all ends."""
    return sum(step.end_s or 0.0 for step in draft.steps) / max(1, len(draft.steps))
