"""What a cluster says of a VM is said again where it comes to, once, whatever happens to the call or to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pyVmomi import vim

from recommender import failpoints
from recommender.actuation.execute import execute
from recommender.actuation.recovery import recover
from recommender.actuation.restoring import recover_settings
from recommender.constraints.registry import constraints_for
from recommender.failpoints import Failpoint
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import cluster_named, host_named, vm_named
from recommender.planning.kept_settings import KeptRule, KeptSettings, KeptVm
from recommender.planning.plan import PlanStep
from recommender.policy import MoveScope, Policy
from recommender.ports import StepOutcome, StepState
from recommender.relocation_policy import RelocationPolicy
from recommender.vsphere.session.session import Session
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
        Rule(cluster="old", name="near", kind="run_on", vms=("db-1",), hosts=("esx-old",), is_mandatory=True),
        Rule(cluster="old", name="far", kind="not_run_on", vms=("db-1",), hosts=("esx-other",)),
    ),
)
POLICY = Policy(move_scope=MoveScope.VCENTER, relocation=RelocationPolicy(recreate_rules=True))


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(ESTATE, migration_ms=50)


@pytest.fixture
def world(proxied_world: World) -> World:
    return proxied_world


@contextmanager
def crashing_at(point: Failpoint) -> Iterator[None]:
    def act(reached: Failpoint) -> None:
        if reached is point:
            raise Crash

    failpoints.arm(act)
    try:
        with pytest.raises(Crash):
            yield
    finally:
        failpoints.arm(None)


def rules_of(inventory: Inventory) -> dict[str, set[str]]:
    named = [(rule.name, rule.vms) for rule in inventory.vm_affinity_rules]
    named += [(rule.name, rule.vms) for rule in inventory.vm_anti_affinity_rules]
    return {name: {inventory.vm(vm).name for vm in vms} for name, vms in named if len(vms) > 1}


def reconfigured(simulator: RunningSimulator, inventory: Inventory, cluster: str, spec: Any) -> None:
    """As a person does it in the client."""
    session = Session(simulator.address())
    moid = cluster_named(inventory, cluster).ref.moid
    session.sending(
        lambda channel: vim.ClusterComputeResource(moid, channel).ReconfigureEx(spec, True),
        what="a change of the test",
        operation_id="test",
    )
    session.close()


def told_by_a_person(simulator: RunningSimulator, inventory: Inventory) -> None:
    """Overrides of db-1 in the old cluster, and in the new one a group of hosts that its rule *near* means."""
    vm = vim.VirtualMachine(vm_named(inventory, "db-1").ref.moid)
    drs = vim.cluster.DrsVmConfigInfo(key=vm, enabled=True, behavior="manual")
    ha = vim.cluster.DasVmConfigInfo(key=vm, dasSettings=vim.cluster.DasVmSettings(restartPriority="high"))
    overrides = vim.cluster.ConfigSpecEx(
        drsVmConfigSpec=[vim.cluster.DrsVmConfigSpec(operation="add", info=drs)],
        dasVmConfigSpec=[vim.cluster.DasVmConfigSpec(operation="add", info=ha)],
    )
    reconfigured(simulator, inventory, "old", overrides)
    host = vim.HostSystem(host_named(inventory, "esx-new-1").ref.moid)
    group = vim.cluster.HostGroup(name="near hosts", host=[host])
    groups = vim.cluster.ConfigSpecEx(groupSpec=[vim.cluster.GroupSpec(operation="add", info=group)])
    reconfigured(simulator, inventory, "new", groups)


def carried_out(
    world: World, journal: MemoryJournal, *goals: tuple[str, str], plan_id: str = PLAN_ID
) -> list[StepOutcome]:
    inventory = world.source.read()
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
    uuids = {vm.ref: vm.instance_uuid for vm in inventory.virtual_machines}
    journal.begin_plan(plan_id, "", "test", world.clock.now())
    journal.add_steps(plan_id, [(step, uuids[step.move.vm]) for step in steps], world.clock.now())
    results = execute(
        a_plan(*steps),
        plan_id=plan_id,
        instance_uuids=uuids,
        inventory_source=world.source,
        migrator=world.migrator,
        journal=journal,
        clock=world.clock,
        constraints=[rule for rule in constraints_for(POLICY) if rule.name != "vm_host_affinity"],
        policy=POLICY,
        stop=lambda: False,
        patience=PATIENCE,
    )
    return [result.outcome for result in results]


def test_a_whole_plan_takes_its_rules_along(world: World) -> None:
    inventory = world.at_first
    assert rules_of(inventory) == {"webs apart": {"web-1", "web-2"}, "dbs together": {"db-1", "db-2"}}
    goals = (("web-1", "esx-new-1"), ("web-2", "esx-new-2"), ("db-2", "esx-new-1"), ("db-1", "esx-new-1"))
    journal = MemoryJournal()
    outcomes = carried_out(world, journal, *goals)
    assert [outcome.state for outcome in outcomes] == [StepState.DONE] * 4, outcomes
    details = [outcome.detail for outcome in outcomes]
    assert "the rule 'webs apart' is to be re-created once another of its 2 VMs is in the cluster" in details[0]
    assert "the rule 'webs apart' was re-created in the cluster" in details[1]
    assert "the rule 'dbs together' was re-created in the cluster" in details[3]
    assert "the rule 'near' could not be re-created: the cluster has no host group 'near hosts'" in details[3]
    assert rules_of(world.source.read()) == rules_of(inventory)
    assert journal.restorations.open() == ()


def test_a_rule_is_made_whole_although_its_vms_come_on_different_nights(world: World) -> None:
    journal = MemoryJournal()
    (first,) = carried_out(world, journal, ("web-1", "esx-new-1"))
    (second,) = carried_out(world, journal, ("web-2", "esx-new-2"), plan_id="e" * 64)
    assert "once another of its 2 VMs" in first.detail
    assert "the rule 'webs apart' was re-created in the cluster" in second.detail
    assert rules_of(world.source.read())["webs apart"] == {"web-1", "web-2"}


def test_groups_rules_about_hosts_and_overrides_go_along(world: World, simulator: RunningSimulator) -> None:
    told_by_a_person(simulator, world.at_first)
    before = vm_named(world.source.read(), "db-1")
    assert (before.drs_behavior, before.ha_restart_priority) == ("manual", "high")
    (outcome,) = carried_out(world, MemoryJournal(), ("db-1", "esx-new-1"))
    for told in (
        "the group 'near VMs' was re-created",
        "the rule 'near' was re-created",
        "the rule 'far' could not be re-created: the cluster has no host group 'far hosts'",
        "its DRS override (manual) was re-created",
        "its HA override (restart priority high) was re-created",
    ):
        assert told in outcome.detail
    after = world.source.read()
    vm, cluster = vm_named(after, "db-1"), cluster_named(after, "new")
    assert (vm.drs_behavior, vm.ha_restart_priority) == ("manual", "high")
    assert {group.name for group in cluster.vm_groups if vm.ref in group.vms} == {"near VMs", "far VMs"}
    (rule,) = after.vm_host_rules_of(vm.ref)
    assert (rule.name, rule.is_mandatory, rule.is_affine) == ("near", True, True)
    assert rule.hosts == (host_named(after, "esx-new-1").ref,)
    assert simulator.operations().count(RECONFIGURE) == 3, "two of a person, one of ours for everything"


def test_a_must_rule_that_forbids_where_the_vm_is_now_is_not_made(world: World, simulator: RunningSimulator) -> None:
    told_by_a_person(simulator, world.at_first)
    (outcome,) = carried_out(world, MemoryJournal(), ("db-1", "esx-new-2"))
    assert "the rule 'near' is not re-created: it forbids the host on which the VM is" in outcome.detail
    assert world.source.read().vm_host_rules_of(world.vm("db-1")) == ()


@pytest.mark.parametrize(
    ("point", "calls", "state"),
    [
        (Failpoint.BEFORE_OUTCOME, 1, StepState.DONE),  # arrived, and nothing asked for yet
        (Failpoint.AFTER_SETTINGS_INTENT, 0, StepState.FAILED),  # it may have been asked for: it is not asked again
        (Failpoint.AFTER_SETTINGS_SUBMIT, 1, StepState.DONE),  # it was, and the journal does not know
    ],
)
def test_what_a_crash_cuts_off_is_completed_by_looking(
    world: World, simulator: RunningSimulator, point: Failpoint, calls: int, state: StepState
) -> None:
    journal = MemoryJournal()
    with crashing_at(point):
        carried_out(world, journal, ("db-2", "esx-new-1"), ("db-1", "esx-new-1"))
    if point is Failpoint.BEFORE_OUTCOME:  # of the first of both: the second was never sent
        (settled,) = recover(journal, world.migrator, world.clock, patience=PATIENCE)
        assert settled.outcome.state is StepState.DONE
        world.ended(world.migrator.relocate(world.move("db-1", "esx-new-1"), "by hand"))
    else:
        recover(journal, world.migrator, world.clock, patience=PATIENCE)
    found: tuple[Any, ...] = ()
    while not found:
        found = recover_settings(journal, world.migrator, world.clock, patience=PATIENCE)
        world.clock.sleep(PATIENCE.poll_s)
    (recovered,) = found
    assert recovered.outcome.state is state, recovered.outcome
    assert simulator.operations().count(RECONFIGURE) == calls
    assert ("dbs together" in rules_of(world.source.read())) == bool(calls)
    assert recover_settings(journal, world.migrator, world.clock, patience=PATIENCE) == ()
    assert simulator.operations().count(RECONFIGURE) == calls


def kept(world: World) -> KeptSettings:
    """A rule that the cluster does not have yet, of two VMs that are there."""
    db, web = (
        KeptVm(vm.ref, vm.instance_uuid) for vm in (vm_named(world.at_first, name) for name in ("db-1", "web-2"))
    )
    return KeptSettings(vm=db, rules=(KeptRule(name="pair", vms=(db, web), is_affine=False),))


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_rule_whose_answer_is_lost_is_seen_to_stand(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    settings = kept(world)
    proxy.on(RECONFIGURE, LOST_AFTER[fault], pass_on)
    for told in ("was re-created in the cluster", "is in the cluster"):
        there = world.migrator.restore_settings(settings, world.host("esx-old"), "op")
        assert (there.told, there.lacking) == ((f"the rule 'pair' {told}",), ())
    assert simulator.operations().count(RECONFIGURE) == 1


@pytest.mark.parametrize("fault", [*LOST_BEFORE, "session expired"])
def test_a_rule_that_did_not_arrive_is_told_as_missing(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    settings = kept(world)
    faults = {**LOST_BEFORE, "session expired": fault_proxy.session_expired}
    proxy.on(RECONFIGURE, faults[fault], pass_on)
    there = world.migrator.restore_settings(settings, world.host("esx-old"), "op")
    assert there.lacking == ("the rule 'pair'",)
    assert there.told[0].startswith("the rule 'pair' could not be re-created: ")
    assert len(proxy.bodies(RECONFIGURE)) == 1
    assert simulator.operations().count(RECONFIGURE) == 0


def test_a_vm_that_is_not_where_it_was_sent_gets_nothing_there(world: World) -> None:
    there = world.migrator.settings_there(kept(world), world.host("esx-new-1"))
    assert there.is_elsewhere
