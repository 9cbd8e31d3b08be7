"""Rolling maintenance from the command line over SOAP: every host empty once, the hook run once on each, all back."""

import json
import re
import subprocess
from pathlib import Path

from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.rule_watch import watching


def test_every_host_has_its_turn_and_a_failed_hook_is_gone_on_from(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    cluster = CommandLine(simulator=start_simulator(uniform(3, 6), migration_ms=100), folder=tmp_path)
    hook = tmp_path / "hook"
    hook.write_text(
        f"#!/bin/sh\ncat >> {tmp_path}/facts; echo >> {tmp_path}/facts\n"
        f"test -e {tmp_path}/mended || {{ echo no such package; exit 3; }}\n",
        encoding="utf-8",
    )
    hook.chmod(0o700)
    asked = ("maintain", "run", "--cluster", "cluster", "--hook", str(hook), "--at-once", "1", "--yes")
    with watching(cluster.simulator) as watch:
        stopped = cluster.run(*asked)
        assert stopped.returncode == 7, stopped.stderr
        assert "it ended with 3: no such package" in stopped.stderr
        listed = cluster.run("maintain", "list", "-o", "json", reads_vcenter=False)
        document = json.loads(listed.stdout)
        (one,) = document["maintenances"]
        assert {document["names"][host["host"]] for host in one["hosts"]} == {"esx-001", "esx-002", "esx-003"}
        assert sorted(host["state"] for host in one["hosts"]) == ["failed", "waiting", "waiting"]
        assert "the whole maintenance is to be over at" in stopped.stderr
        assert "a person has to look" in one["promise"]["expected"]["reason"]
        assert one["promise"]["promised"]["ends_at"] > one["begun_at"]

        (tmp_path / "mended").touch()
        failed = json.loads((tmp_path / "facts").read_text(encoding="utf-8"))["host"]["name"]
        assert f"maintain continue {one['id'][:12]} --worked {failed}; to give it its turn once" in stopped.stderr
        waiting = min({"esx-001", "esx-002", "esx-003"} - {failed})
        for words, why in (
            (("--worked", failed, "--again", failed), f"{failed}: give --worked"),
            (("--worked", failed, "--worked", waiting), f"the turn of {waiting} is waiting"),
        ):
            refused = cluster.run("maintain", "continue", one["id"][:8], *words)
            assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
        unknown = cluster.run("maintain", "continue", "nope")
        assert (unknown.returncode, unknown.stderr) == (2, "recommender: no rolling maintenance is called 'nope'\n")
        done = cluster.run("maintain", "continue", one["id"][:8], "--worked", failed)
        assert done.returncode == 0, done.stderr
    assert watch.newly_broken() == set()
    worked = [json.loads(line)["host"]["name"] for line in (tmp_path / "facts").read_text("utf-8").splitlines() if line]
    assert sorted(worked) == ["esx-001", "esx-002", "esx-003"]
    listed = cluster.run("maintain", "list", "-o", "json", reads_vcenter=False)
    (one,) = json.loads(listed.stdout)["maintenances"]
    waves = [leg for leg in one["promise"]["legs"] if leg["number"] is not None]
    assert [(leg["number"], leg["state"]) for leg in waves] == [(1, "over"), (2, "over"), (3, "over")]
    assert one["promise"]["expected"]["ends_at"] < one["promise"]["promised"]["ends_at"]
    assert "wave  promised start" in cluster.run("maintain", "list", reads_vcenter=False).stdout
    operations = cluster.simulator.operations()
    assert (operations.count("EnterMaintenanceMode_Task"), operations.count("ExitMaintenanceMode_Task")) == (3, 3)
    assert not any(host.in_maintenance for host in watch.pictures[-1].hosts)


def test_where_plans_are_approved_each_wave_is_proposed_and_goes_once_somebody_has_approved_it(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    cluster = CommandLine(simulator=start_simulator(uniform(3, 4), migration_ms=100), folder=tmp_path)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return cluster.run(
            *arguments,
            reads_vcenter=arguments[0] == "maintain",
            RECOMMENDER_APPROVAL__REQUIRED="true",
            RECOMMENDER_APPROVAL__SECOND_PERSON="false",
        )

    hosts = ("esx-001", "esx-002")
    stopped = run("maintain", "run", *hosts, "--hook", "/bin/true", "--at-once", "1", "--stay", "--yes")
    number = stopped.stderr.split("maintain continue ")[-1].split()[0]
    waves = list[str]()
    while stopped.returncode == 10:
        assert cluster.simulator.operations().count("EnterMaintenanceMode_Task") == len(waves)
        waves.append(re.findall(r"plan ([0-9a-f]{12}) waits for an approval", stopped.stderr)[-1])
        approved = run("approve", waves[-1])
        assert approved.returncode == 0, approved.stderr
        stopped = run("maintain", "continue", number)
    assert stopped.returncode == 0, stopped.stderr
    assert len(set(waves)) == 2
    operations = cluster.simulator.operations()
    assert (operations.count("EnterMaintenanceMode_Task"), operations.count("ExitMaintenanceMode_Task")) == (2, 2)
