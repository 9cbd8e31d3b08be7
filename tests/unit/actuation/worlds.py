"""A small simulated world in which plans are carried out, and words to speak about it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from recommender.actuation.execute import execute
from recommender.actuation.patience import Patience
from recommender.actuation.step_result import StepEvent, StepResult
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan, PlanStep
from recommender.policy import MoveScope, Policy
from recommender.ports import StepState
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import Failure
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal
from tests.simulation.moves import a_move

PLAN_ID = "c0ffee" * 10 + "beef"
PATIENCE = Patience(poll_s=1.0, appear_s=30.0, silence_s=120.0)
POLICY = Policy(move_scope=MoveScope.DATACENTER)


def a_step(
    inventory: Inventory,
    number: int,
    vm: str,
    to: str,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    after: tuple[int, ...] = (),
    datastore: str | None = None,
) -> PlanStep:
    return PlanStep(
        number=number,
        move=a_move(inventory, vm, to, datastore=datastore),
        start_s=start_s,
        end_s=start_s + 10.0 if end_s is None else end_s,
        depends_on=after,
    )


def a_plan(*steps: PlanStep) -> Plan:
    end_s = max((step.end_s for step in steps), default=0.0)
    return Plan(steps=steps, makespan_s=end_s, makespan_p95_s=end_s, makespan_lower_bound_s=end_s)


def three_hosts(**changes: Any) -> Inventory:
    """``v1``, ``v2``, ``v3`` on host ``a``; ``b`` and ``c`` are empty."""
    hosts = [make_host(name, datastores=("ds", "other")) for name in "abc"]
    return make_inventory(hosts, [make_vm(name, "a") for name in ("v1", "v2", "v3")], **changes)


class World:
    """A data centre, a journal, and everything that was told while a plan was carried out."""

    def __init__(self, inventory: Inventory, failures: Sequence[Failure] = (), seed: int = 0) -> None:
        self.inventory = inventory
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(inventory, self.clock, seed, failures=failures)
        self.journal = MemoryJournal()
        self.events: list[StepEvent] = []

    def run(
        self,
        plan: Plan,
        *,
        stop: Callable[[], bool] = lambda: False,
        deadline: datetime | None = None,
        policy: Policy = POLICY,
        **changes: Any,
    ) -> dict[int, StepResult]:
        uuids = {vm.ref: vm.instance_uuid for vm in self.inventory.virtual_machines}
        self.journal.begin_plan(PLAN_ID, "", "test", self.clock.now())
        self.journal.add_steps(PLAN_ID, [(step, uuids[step.move.vm]) for step in plan.steps], self.clock.now())
        arguments: dict[str, Any] = {
            "plan_id": PLAN_ID,
            "instance_uuids": uuids,
            "inventory_source": self.datacenter,
            "migrator": self.datacenter,
            "journal": self.journal,
            "clock": self.clock,
            "constraints": constraints_for(policy),
            "policy": policy,
            "stop": stop,
            "deadline": deadline,
            "on_event": self.events.append,
            "patience": PATIENCE,
        }
        results = execute(plan, **(arguments | changes))
        return {result.number: result for result in results}

    def host_of(self, vm: str) -> str:
        place = self.datacenter.place_of(ref(vm))
        assert place is not None
        return place.host.moid

    @property
    def sent(self) -> list[str]:
        return [call.move.vm.moid for call in self.datacenter.relocate_calls]


def states(results: dict[int, StepResult]) -> dict[int, StepState]:
    return {number: result.outcome.state for number, result in results.items()}


def detail(results: dict[int, StepResult], number: int) -> str:
    return results[number].outcome.detail
