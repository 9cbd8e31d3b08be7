"""The demo's data centre offers what the demo wants to show."""

from recommender.inventory.use import host_use
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.scenario import demo_scenario


def test_the_demo_has_overload_and_a_host_worth_emptying() -> None:
    clock = SimulatedClock()
    scenario = demo_scenario(1, clock)
    inventory = scenario.datacenter.read()
    assert scenario.clock is clock
    assert inventory.taken_at == clock.now()
    assert len(inventory.hosts) == 12
    uses = {host.ref: host_use(inventory, host) for host in inventory.hosts}
    assert sum(use.cpu > 0.85 for use in uses.values()) >= 2
    (evacuated,) = scenario.evacuate
    assert uses[evacuated].cpu == min(use.cpu for use in uses.values())
    assert uses[evacuated].vms > 3
