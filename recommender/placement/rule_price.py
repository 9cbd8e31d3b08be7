"""What a rule costs: the best answer with it and without it."""

from dataclasses import dataclass, replace

from recommender.constraints.base import Violation
from recommender.constraints.fault_domains import FaultDomains
from recommender.placement.answer import inventory_at
from recommender.placement.conflicts.rule_named import without_rule
from recommender.placement.free_vms import asked_violations
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePrice:
    """``broken_without``: where the rule would be broken by the answer that does not know it."""

    rule: str
    with_rule: PlacementResult
    without_rule: PlacementResult
    broken_without: tuple[Violation, ...]

    @property
    def objective(self) -> float | None:
        """What the objective of the answer is higher by because of the rule; ``None`` where it cannot be kept."""
        if self.with_rule.remaining_violations:
            return None
        return self.with_rule.objective.total - self.without_rule.objective.total

    @property
    def least(self) -> float | None:
        """Proven: between the true optima the difference is at least this; ``None`` if unknown."""
        bound = self.with_rule.bound
        return None if bound is None else max(0.0, bound - self.without_rule.objective.total)

    @property
    def most(self) -> float | None:
        """Proven: and at most this."""
        bound = self.without_rule.bound
        if bound is None or self.with_rule.remaining_violations:
            return None
        return max(0.0, self.with_rule.objective.total - bound)

    @property
    def moves(self) -> int:
        """How many more moves the answer with it has."""
        return len(self.with_rule.moves) - len(self.without_rule.moves)


def price_of_rule(request: PlacementRequest, name: str) -> RulePrice:
    """Both answers, each with its curve. Raises ``UnknownName`` for a rule that there is not."""
    asked = replace(request, with_curve=True)
    bound, free = solve(asked), solve(without_rule(asked, name))
    if not bound.remaining_violations and bound.objective.total < free.objective.total:
        # What keeps the rule is an answer without it too, and here the search without it found none as good.
        status = SolveStatus.NOTHING_TO_DO if bound.status is SolveStatus.NOTHING_TO_DO else SolveStatus.FEASIBLE
        free = replace(bound, bound=free.bound, status=status)
    end = inventory_at(asked.inventory, {move.vm: move.destination for move in free.moves})
    broken = asked_violations(asked, rules_asked(asked), end)
    its_own = tuple(one for one in broken if name in (one.rule, one.constraint) or _is_in_a_domain(one, name))
    return RulePrice(rule=name, with_rule=bound, without_rule=free, broken_without=its_own)


def _is_in_a_domain(broken: Violation, name: str) -> bool:
    """Whether it is broken in one domain of the group of that name."""
    return broken.constraint == FaultDomains.name and (broken.rule or "").startswith(f"{name} in ")
