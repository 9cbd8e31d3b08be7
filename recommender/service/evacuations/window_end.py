"""An evacuation that is not complete when nothing more of it may start: what it moved is put back, if that fits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recommender.actuation.patience import MOMENT
from recommender.errors import PlanError
from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.planning.follow_up import moves_back
from recommender.planning.plan import Plan
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.service.balancing.part_plan import saved_part
from recommender.service.carry_out import CarriedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """Puts back what ``carried`` has moved. ``at_first``: the picture before it; ``deadline`` (aware UTC)."""

    carried: CarriedOut
    at_first: Inventory
    policy: Policy
    author: str
    deadline: datetime

    def plan(self, inventory: Inventory, now: datetime) -> SavedPlan | str:
        """From where the VMs are now, or why nothing is put back, with numbers."""
        rounds = self.carried.attempts or (self.carried,)
        done = [result.step for one in rounds for result in one.steps if result.outcome.state is StepState.DONE]
        if not done:
            return "nothing was moved that could be put back"
        if self.carried.has_unknown:
            return "nothing is put back while the outcome of a migration is unknown"
        moved = Plan(steps=tuple(done), makespan_s=0.0, makespan_p95_s=0.0, makespan_lower_bound_s=0.0)
        uuids = {vm.ref: vm.instance_uuid for vm in self.at_first.virtual_machines}
        found = moves_back(inventory, self.policy, moved, {step.number for step in done}, uuids)
        try:
            saved = saved_part(inventory, self.policy, found.moves, author=self.author, created_at=now)
        except PlanError as error:
            return f"not put back: {error}"
        end = now + timedelta(seconds=saved.plan.makespan_p95_s)
        if end > self.deadline:
            return (
                f"not put back: {len(found.moves)} migrations back would end at {end:{MOMENT}} (p95), "
                f"the window ends at {self.deadline:{MOMENT}}"
            )
        return saved


def put_back(way: WayBack, inventory: Inventory, now: datetime, carry: Callable[[SavedPlan], CarriedOut]) -> str:
    """Put back what can be, and tell what became of it."""
    saved = way.plan(inventory, now)
    if isinstance(saved, str):
        return saved
    back = carry(saved)
    return f"put back: {back.count(StepState.DONE)} of {len(saved.plan.steps)} migrations"
