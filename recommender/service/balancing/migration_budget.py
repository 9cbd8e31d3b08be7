"""Budgets count migrations, and a VM that goes by way of another host is migrated twice: what a plan takes of them."""

from collections import Counter
from collections.abc import Sequence

from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.priority import MANDATORY
from recommender.placement.result import Move
from recommender.planning.plan import Plan
from recommender.settings.automation import AutomationSettings


def move_beyond_the_budget(
    plan: Plan, moves: Sequence[Move], of_the_last_hour: Sequence[RecentMove], settings: AutomationSettings
) -> Move | None:
    """Of ``moves``, the most urgent first, the last that makes ``plan`` too much for the hour; ``None`` for none.

    A plan without detours keeps the budgets already, and what rules demand is made whatever they are.
    """
    if len(plan.steps) <= len(moves):
        return None
    hosts = _too_busy(plan, of_the_last_hour, settings.moves_per_host_per_hour)
    is_too_much = len(of_the_last_hour) + len(plan.steps) > settings.moves_per_hour
    touched = {step.move.vm for step in plan.steps if not hosts.isdisjoint((step.move.source, step.move.destination))}
    wanted = [move for move in moves if move.priority != MANDATORY and (is_too_much or move.vm in touched)]
    return wanted[-1] if wanted else None


def _too_busy(plan: Plan, recent: Sequence[RecentMove], most: int) -> set[EntityRef]:
    used: Counter[EntityRef] = Counter()
    for done in recent:
        used.update({done.source, done.destination})
    planned = [{step.move.source, step.move.destination} for step in plan.steps]
    for ends in planned:
        used.update(ends)
    return {host for ends in planned for host in ends if used[host] > most}
