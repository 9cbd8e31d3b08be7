"""A process that is killed anywhere while it applies a plan: applied again, nothing is sent twice."""

from collections import Counter
from contextlib import suppress

from recommender.errors import PlanAlreadyApplied
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan
from recommender.planning.basis import plan_basis
from recommender.policy import VsanEvacuation
from recommender.ports import StepState, TaskRef
from recommender.service.carry_out import carry_out
from recommender.service.open_steps import settle_open_steps
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from tests.inventories import ref
from tests.memory_journal import MemoryJournal
from tests.simulation.killed import Killed, KillSwitch
from tests.unit.actuation.worlds import PATIENCE, POLICY, a_plan, a_step, three_hosts


class CountingDataCenter(SimulatedDataCenter):
    """Counts the calls that ask for maintenance mode."""

    maintenance_calls = 0

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        self.maintenance_calls += 1
        return super().enter_maintenance(host, operation_id, vsan, takes_all=takes_all)


class Site:
    """A host to be emptied and put to rest, a saved plan for it, and a journal that outlives processes."""

    def __init__(self) -> None:
        inventory = three_hosts()
        self.clock = SimulatedClock()
        self.datacenter = CountingDataCenter(inventory, self.clock)
        self.journal = MemoryJournal()
        plan = a_plan(a_step(inventory, 1, "v1", "b"), a_step(inventory, 2, "v2", "c"), a_step(inventory, 3, "v3", "b"))
        self.saved = SavedPlan(
            plan=plan,
            policy=POLICY,
            basis=plan_basis(inventory, POLICY, plan),
            evacuate=(ref("a"),),
            created_at=self.clock.now(),
            maintenance_mode=True,
        )

    def apply(self, switch: KillSwitch) -> None:
        datacenter = switch.watch(self.datacenter)
        world = World(source=datacenter, migrator=datacenter, clock=self.clock)
        journal: ServiceJournal = switch.watch(self.journal)
        settle_open_steps(world, journal, stop=lambda: False, patience=PATIENCE)
        carry_out(self.saved, world, journal, policy=POLICY, author="test", stop=lambda: False, patience=PATIENCE)


def moments() -> int:
    site, switch = Site(), KillSwitch()
    site.apply(switch)
    assert site.datacenter.read().host(ref("a")).in_maintenance
    return switch.moments


def test_killed_at_any_moment_and_applied_again_nothing_is_sent_twice() -> None:
    number = moments()
    assert number > 50
    refused = 0
    for at in range(1, number + 1):
        site = Site()
        with suppress(Killed):
            site.apply(KillSwitch(at))
        try:
            site.apply(KillSwitch())
        except PlanAlreadyApplied:
            refused += 1
        calls = Counter(call.move.vm for call in site.datacenter.relocate_calls)
        assert max(calls.values(), default=0) <= 1, at
        assert site.datacenter.maintenance_calls <= 1, at
        assert site.journal.open_steps() == (), at
        assert site.journal.open_host_calls() == (), at
        for row in site.journal.rows.values():
            place = site.datacenter.place_of(row.step.move.vm)
            assert place is not None
            assert (row.state is StepState.DONE) == (place.host == row.step.move.destination), at
    assert 0 < refused < number, "before the claim the plan may still be applied, after it never"
