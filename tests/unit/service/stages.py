"""A simulated world for the service: settings, clock, data centre and journal, and what was logged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import AutomationLevel, MoveScope, Policy
from recommender.service.leading.branch import Part
from recommender.service.leading.territories import Territory
from recommender.service.worker import Worker
from recommender.service.world import World
from recommender.settings.automation import AutomationSettings
from recommender.settings.schedule import EvacuationSettings, ServeSettings
from recommender.settings.settings import Settings
from recommender.simulation.clock import MONDAY_MORNING, SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import Failure
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PATIENCE

DUE = MONDAY_MORNING + timedelta(minutes=5)  # what "5 9 * * 1" means on that day


def settings(level: AutomationLevel = AutomationLevel.FULLY_AUTOMATED, **changes: Any) -> Settings:
    policy = Policy(automation_level=level, move_scope=MoveScope.DATACENTER)
    of_serving = {name: changes.pop(name) for name in tuple(changes) if name in ServeSettings.model_fields}
    serve = ServeSettings(**({"poll_interval_s": 60.0} | of_serving))
    automation = changes.pop("automation", AutomationSettings(hold_rounds=1, cool_down_minutes=0))
    return Settings(policy=changes.pop("policy", policy), serve=serve, automation=automation, **changes)


def an_evacuation(**changes: Any) -> EvacuationSettings:
    values: dict[str, Any] = {"name": "monday", "hosts": ("a",), "cron": "5 9 * * 1", "duration_minutes": 60}
    return EvacuationSettings(**(values | changes))


def overloaded() -> Inventory:
    """Host ``a`` uses 95 % of its CPU, ``b`` and ``c`` nearly nothing."""
    vms = [make_vm(f"v{number}", "a", cpu=1900) for number in range(10)]
    return make_inventory([make_host(name) for name in "abc"], vms)


class Stage:
    def __init__(self, inventory: Inventory | None = None, failures: Sequence[Failure] = ()) -> None:
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(inventory or overloaded(), self.clock, failures=failures)
        self.world = World(source=self.datacenter, migrator=self.datacenter, clock=self.clock)
        self.journal = MemoryJournal()

    def wait_until(self, moment: datetime) -> None:
        self.clock.sleep((moment - self.clock.now()).total_seconds())

    def left_on(self, host: str) -> int:
        return len(self.datacenter.read().vms_on(ref(host)))

    def is_in_maintenance(self, host: EntityRef) -> bool:
        return self.datacenter.read().host(host).in_maintenance

    @property
    def sent(self) -> int:
        return len(self.datacenter.relocate_calls)

    @property
    def cycles(self) -> list[tuple[str, str, str]]:
        return [(kind, status, detail) for _, kind, status, detail in self.journal.cycles]


def a_worker(stage: Stage, of: Settings, stop: Callable[[], bool] = lambda: False) -> Worker:
    """A process of the service that was started just now."""
    return Worker(of, stage.world, stage.journal, stop, patience=PATIENCE)


def the_only_part(of: Settings, world: World, journal: MemoryJournal) -> tuple[Part]:
    """All that a daemon of one territory leads."""
    return (Part(territory=Territory(vcenters=(), settings=of), world=world, journal=journal),)


def with_rule_broken(inventory: Inventory) -> Inventory:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("v0"), ref("v1")))
    return replace(inventory, vm_anti_affinity_rules=(rule,))
