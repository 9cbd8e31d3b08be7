"""Rules between VMs that leave their cluster are made anew where they come to, once, whatever happens to the call."""

from dataclasses import replace

import pytest

from recommender.actuation.execute import execute
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import vm_named
from recommender.planning.kept_rules import KeptRule
from recommender.planning.plan import PlanStep
from recommender.policy import MoveScope, Policy
from recommender.ports import StepState
from recommender.relocation_policy import RelocationPolicy
from tests.contract import fault_proxy
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Estate, Host, Network, Rule, Vm
from tests.contract.fault_proxy import FaultProxy, pass_on
from tests.contract.lost_calls import LOST_AFTER, LOST_BEFORE, PATIENCE
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import World
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PLAN_ID, a_plan

RECONFIGURE = "ReconfigureComputeResource_Task"
ESTATE = Estate(
    clusters=(Cluster(name="old"), Cluster(name="new")),
    networks=(Network(name="production"),),
    datastores=(Datastore(name="shared"),),
    hosts=(
        Host(name="esx-old", cluster="old"),
        Host(name="esx-other", cluster="old"),
        Host(name="esx-new-1", cluster="new"),
        Host(name="esx-new-2", cluster="new"),
    ),
    vms=(
        Vm(name="web-1", host="esx-old"),
        Vm(name="web-2", host="esx-other"),
        Vm(name="db-1", host="esx-old"),
        Vm(name="db-2", host="esx-old"),
    ),
    rules=(
        Rule(cluster="old", name="webs apart", kind="anti_affinity", vms=("web-1", "web-2")),
        Rule(cluster="old", name="dbs together", kind="affinity", vms=("db-1", "db-2")),
    ),
)


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(ESTATE, migration_ms=50)


@pytest.fixture
def world(proxied_world: World) -> World:
    return proxied_world


def rules_of(inventory: Inventory) -> dict[str, set[str]]:
    named = [(rule.name, rule.vms) for rule in inventory.vm_affinity_rules]
    named += [(rule.name, rule.vms) for rule in inventory.vm_anti_affinity_rules]
    return {name: {inventory.vm(vm).name for vm in vms} for name, vms in named if len(vms) > 1}


def test_a_whole_plan_takes_its_rules_along(world: World, simulator: RunningSimulator) -> None:
    inventory = world.at_first
    assert rules_of(inventory) == {"webs apart": {"web-1", "web-2"}, "dbs together": {"db-1", "db-2"}}
    goals = (("web-1", "esx-new-1"), ("web-2", "esx-new-2"), ("db-1", "esx-new-1"), ("db-2", "esx-new-1"))
    steps = [
        PlanStep(
            number=number,
            move=replace(world.move(name, goal), source=vm_named(inventory, name).host),
            start_s=float(number),
            end_s=number + 1.0,
            depends_on=(number - 1,) if number > 1 else (),
        )
        for number, (name, goal) in enumerate(goals, start=1)
    ]
    policy = Policy(move_scope=MoveScope.VCENTER, relocation=RelocationPolicy(recreate_rules=True))
    journal, uuids = MemoryJournal(), {vm.ref: vm.instance_uuid for vm in inventory.virtual_machines}
    journal.begin_plan(PLAN_ID, "", "test", world.clock.now())
    journal.add_steps(PLAN_ID, [(step, uuids[step.move.vm]) for step in steps], world.clock.now())
    results = execute(
        a_plan(*steps),
        plan_id=PLAN_ID,
        instance_uuids=uuids,
        inventory_source=world.source,
        migrator=world.migrator,
        journal=journal,
        clock=world.clock,
        constraints=constraints_for(policy),
        policy=policy,
        stop=lambda: False,
        patience=PATIENCE,
    )
    assert [result.outcome.state for result in results] == [StepState.DONE] * 4, results
    details = [result.outcome.detail for result in results]
    assert "the rule 'webs apart' is to be re-created once another of its 2 VMs is in the cluster" in details[0]
    assert "the rule 'webs apart' was re-created in the cluster" in details[1]
    assert "the rule 'dbs together' was re-created in the cluster" in details[3]
    assert rules_of(world.source.read()) == rules_of(inventory)
    assert simulator.operations().count(RECONFIGURE) == 2


def kept(world: World) -> tuple[KeptRule, ...]:
    """A rule that the cluster does not have yet, of two VMs that are there."""
    return (KeptRule(name="pair", vms=(world.vm("db-1"), world.vm("web-2")), is_affine=False),)


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_rule_whose_answer_is_lost_is_seen_to_stand(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    rules = kept(world)
    proxy.on(RECONFIGURE, LOST_AFTER[fault], pass_on)
    for told in ("was re-created in the cluster", "is in the cluster"):
        assert world.migrator.restore_rules(world.vm("db-1"), rules, "op") == (f"the rule 'pair' {told}",)
    assert simulator.operations().count(RECONFIGURE) == 1


@pytest.mark.parametrize("fault", [*LOST_BEFORE, "session expired"])
def test_a_rule_that_did_not_arrive_is_told_as_missing(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    rules = kept(world)
    faults = {**LOST_BEFORE, "session expired": fault_proxy.session_expired}
    proxy.on(RECONFIGURE, faults[fault], pass_on)
    (told,) = world.migrator.restore_rules(world.vm("db-1"), rules, "op")
    assert told.startswith("the rule 'pair' could not be re-created: ")
    assert len(proxy.bodies(RECONFIGURE)) == 1
    assert simulator.operations().count(RECONFIGURE) == 0
