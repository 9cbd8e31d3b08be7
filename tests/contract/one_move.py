"""A plan of one move, carried out with little patience."""

from collections.abc import Sequence

from recommender.actuation.execute import execute
from recommender.actuation.patience import Patience
from recommender.constraints.base import Constraint
from recommender.placement.result import Move
from recommender.planning.plan import PlanStep
from recommender.policy import Policy
from recommender.ports import StepOutcome
from tests.contract.lost_calls import PATIENCE
from tests.contract.worlds import World
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PLAN_ID, a_plan


def outcome_of(
    world: World, move: Move, rules: Sequence[Constraint] = (), patience: Patience = PATIENCE
) -> StepOutcome:
    """What is told of it."""
    step = PlanStep(number=1, move=move, start_s=0.0, end_s=1.0, depends_on=())
    journal, uuid = MemoryJournal(), world.at_first.vm(move.vm).instance_uuid
    journal.begin_plan(PLAN_ID, "", "test", world.clock.now())
    journal.add_steps(PLAN_ID, [(step, uuid)], world.clock.now())
    (result,) = execute(
        a_plan(step),
        plan_id=PLAN_ID,
        instance_uuids={move.vm: uuid},
        inventory_source=world.source,
        migrator=world.migrator,
        journal=journal,
        clock=world.clock,
        constraints=rules,
        policy=Policy(),
        stop=lambda: False,
        patience=patience,
    )
    return result.outcome
