"""The product's main job, from the command line to a vCenter over SOAP and back into the journal."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from recommender.inventory.lookup import host_named, vm_named
from recommender.journal.store import open_read_only
from recommender.ports import StepState
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import FREE, HERE, MOVING, REFUSED, uniform
from tests.contract.rule_watch import watching
from tests.contract.worlds import over_soap

STOPPED_BY_HAND = 130


@pytest.fixture
def cluster(start_simulator: StartSimulator, tmp_path: Path) -> CommandLine:
    """4 hosts, 24 running VMs, all on the first host."""
    return CommandLine(simulator=start_simulator(uniform(4, 24), migration_ms=300), folder=tmp_path)


@pytest.fixture
def refusing(start_simulator: StartSimulator, tmp_path: Path) -> CommandLine:
    """The estate in which almost every host refuses ``web-1`` by a rule of its own."""
    return CommandLine(simulator=start_simulator(migration_ms=300), folder=tmp_path)


def test_a_host_is_evacuated_while_every_rule_holds_and_the_journal_tells_all(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    # Its migrations last much longer than it takes to look at, check and begin the next one, also on a busy machine.
    cluster = CommandLine(simulator=start_simulator(uniform(4, 24), migration_ms=4000), folder=tmp_path)
    plan = cluster.document("evacuate", "esx-001", "--dry-run")
    assert plan["status"] in ("optimal", "feasible")
    assert len(plan["steps"]) == 24
    with watching(cluster.simulator) as watch:
        done = cluster.document("evacuate", "esx-001", "--yes", "--maintenance-mode")
    assert watch.newly_broken() == set()
    assert 2 <= watch.most_in_flight <= 8

    assert {step["state"] for step in done["steps"]} == {"done"}
    assert [(item["state"], item["host"]["name"]) for item in done["maintenance"]] == [("done", "esx-001")]
    moves = [step["move"] for step in plan["steps"]]
    planned = {move["vm"]["name"]: move["destination"]["host"]["name"] for move in moves}
    after = watch.pictures[-1]
    assert {vm.name: after.host(vm.host).name for vm in after.virtual_machines} == planned
    assert host_named(after, "esx-001").in_maintenance

    operations = cluster.simulator.operations()
    assert operations.count("RelocateVM_Task") == 24
    assert operations.count("EnterMaintenanceMode_Task") == 1
    with open_read_only(cluster.journal_url) as journal:
        assert journal is not None
        (record,) = journal.plans(10)
        steps = journal.steps(record.plan_id)
    assert record.ended_at is not None
    assert {step.state for step in steps} == {StepState.DONE}
    for step in steps:
        assert step.task is not None
        assert step.intended_at is not None
        assert step.submitted_at is not None
        assert step.ended_at is not None
        assert step.intended_at <= step.submitted_at <= step.ended_at
        assert step.duration_s is not None


def test_a_plan_is_applied_exactly_and_once(cluster: CommandLine) -> None:
    cluster.document("plan", "--out", "tonight.plan")
    saved = json.loads((cluster.folder / "tonight.plan").read_text())
    assert (cluster.folder / "tonight.plan").stat().st_mode & 0o777 == 0o600
    done = cluster.document("apply", "tonight.plan", "--yes")
    assert {step["state"] for step in done["steps"]} == {"done"}
    assert len(done["steps"]) == len(saved["plan"]["steps"]) > 5
    with over_soap(cluster.simulator) as world:
        inventory = world.source.read()
    for step in saved["plan"]["steps"]:
        vm = next(vm for vm in inventory.virtual_machines if vm.ref.moid == step["move"]["vm"]["moid"])
        assert vm.host.moid == step["move"]["destination"]["moid"]

    sent = cluster.simulator.operations().count("RelocateVM_Task")
    again = cluster.run("apply", "tonight.plan", "--yes")
    assert again.returncode == 6
    assert "applied" in again.stderr
    assert "Traceback" not in again.stderr
    assert cluster.simulator.operations().count("RelocateVM_Task") == sent
    nothing = cluster.document("recommend")
    assert (nothing["status"], nothing["moves"]) == ("nothing_to_do", [])


def test_a_vm_that_moved_since_the_plan_skips_its_step_and_says_so(cluster: CommandLine) -> None:
    cluster.document("plan", "--out", "tonight.plan")
    steps = json.loads((cluster.folder / "tonight.plan").read_text())["plan"]["steps"]
    first = steps[0]["move"]
    with over_soap(cluster.simulator) as world:
        name = next(vm.name for vm in world.at_first.virtual_machines if vm.ref.moid == first["vm"]["moid"])
        elsewhere = next(
            host.name
            for host in world.at_first.hosts
            if host.ref.moid not in (first["source"]["moid"], first["destination"]["moid"])
        )
        world.ended(world.migrator.relocate(world.move(name, elsewhere), "somebody-else"))
    done = cluster.run("apply", "tonight.plan", "--yes", "-o", "json")
    assert done.returncode == 7, done.stderr
    states = {step["vm"]["name"]: (step["state"], step["detail"]) for step in json.loads(done.stdout)["steps"]}
    assert states[name][0] == "skipped"
    assert elsewhere in states[name][1]
    assert sum(state == "done" for state, _ in states.values()) >= len(steps) // 2


def test_a_plan_of_another_world_is_stale(cluster: CommandLine) -> None:
    cluster.document("plan", "--out", "tonight.plan")
    stale = cluster.run("apply", "tonight.plan", "--yes", RECOMMENDER_POLICY__HEADROOM_PERCENT="70")
    assert stale.returncode == 5
    assert "policy" in stale.stderr
    assert "Traceback" not in stale.stderr
    assert "RelocateVM_Task" not in cluster.simulator.operations()


def test_ctrl_c_starts_nothing_new_and_reports_what_runs(start_simulator: StartSimulator, tmp_path: Path) -> None:
    slow = CommandLine(simulator=start_simulator(uniform(4, 24), migration_ms=3000), folder=tmp_path)
    with slow.start("evacuate", "esx-001", "--yes", "-o", "json") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "started" in line:
                break
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
    assert process.returncode == STOPPED_BY_HAND
    steps = json.loads(stdout)["steps"]
    states = [step["state"] for step in steps]
    assert set(states) == {"done", "skipped"}
    assert states.count("done") == slow.simulator.operations().count("RelocateVM_Task") <= 8
    assert all("stop was asked for" in step["detail"] for step in steps if step["state"] == "skipped")
    with over_soap(slow.simulator) as world:
        assert world.source.read().in_flight == ()


def test_every_rule_refuses_a_host_with_its_reason(refusing: CommandLine) -> None:
    ranking = refusing.document("recommend", MOVING)
    assert [option["host"]["name"] for option in ranking["options"]] == [FREE]
    refusals: dict[str, Any] = {entry["host"]["name"]: entry["rejections"] for entry in ranking["refusals"]}
    for host, constraint in REFUSED.items():
        assert constraint in [rejection["constraint"] for rejection in refusals[host]], host
    told = refusing.run("recommend", MOVING)
    assert told.returncode == 0
    assert "★★★★★" in told.stdout
    assert "X esx-busy: cpu_capacity" in told.stdout


def test_evacuating_a_host_whose_vms_have_nowhere_to_go_sends_nothing(refusing: CommandLine) -> None:
    impossible = refusing.run("evacuate", "esx-alone", "--yes")
    assert impossible.returncode == 4
    assert "lone-1 has to leave and no host can take it" in impossible.stdout
    assert "move_scope" in impossible.stdout
    assert "RelocateVM_Task" not in refusing.simulator.operations()


def test_a_saved_inventory_answers_as_vcenter_did(refusing: CommandLine) -> None:
    saved = refusing.run("inventory", "save", "-o", "now.json")
    assert saved.returncode == 0, saved.stderr
    assert (refusing.folder / "now.json").stat().st_mode & 0o777 == 0o600
    from_vcenter = refusing.document("recommend")
    done = refusing.run("recommend", "-i", "now.json", "-o", "json", reads_vcenter=False)
    from_file = json.loads(done.stdout)
    for key in ("status", "moves", "objective", "bound"):
        assert from_file[key] == from_vcenter[key], key
    prediction = refusing.run("predict", MOVING, "--to", FREE, "-i", "now.json", reads_vcenter=False)
    assert "memory to transfer" in prediction.stdout
    with over_soap(refusing.simulator) as world:
        assert vm_named(world.source.read(), MOVING).host == host_named(world.at_first, HERE).ref
