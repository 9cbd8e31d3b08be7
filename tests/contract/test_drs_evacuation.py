"""Where DRS is fully automated, vCenter empties a host over SOAP: we ask once, forecast, watch and tell."""

from pathlib import Path

from recommender.journal.store import open_read_only
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.rule_watch import watching

STEERED = "fullyAutomated"


def test_vcenter_empties_the_host_and_the_forecast_is_told_next_to_it(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    cluster = CommandLine(simulator=start_simulator(uniform(4, 12, STEERED), migration_ms=300), folder=tmp_path)
    refused = cluster.run("evacuate", "esx-001", "--yes")
    assert refused.returncode == 4, refused.stderr
    assert "DRS is fully automated where esx-001 is: only entering maintenance mode" in refused.stderr

    told = cluster.run("evacuate", "esx-001", "--maintenance-mode", "--dry-run")
    assert "12 of these migrations are our forecast of that, and we make none" in told.stdout
    assert "RelocateVM_Task" not in cluster.simulator.operations()

    with watching(cluster.simulator) as watch:
        done = cluster.document("evacuate", "esx-001", "--yes", "--maintenance-mode")
    assert watch.newly_broken() == set()
    operations = cluster.simulator.operations()
    assert (operations.count("RelocateVM_Task"), operations.count("EnterMaintenanceMode_Task")) == (0, 1)
    assert [(host["host"]["name"], host["state"]) for host in done["maintenance"]] == [("esx-001", "done")]
    assert done["steps"] == []
    moves = done["by_vcenter"]
    assert len(moves) == 12
    assert all(move["destination"] and move["forecast"] and move["actual_s"] > 0 for move in moves)
    assert next(host for host in watch.pictures[-1].hosts if host.name == "esx-001").in_maintenance
    with open_read_only(cluster.journal_url) as journal:
        assert journal is not None
        (record,) = journal.plans(10)
        assert record.ended_at is not None


def test_our_own_moves_there_are_said_loudly(start_simulator: StartSimulator, tmp_path: Path) -> None:
    cluster = CommandLine(simulator=start_simulator(uniform(4, 4, STEERED), migration_ms=100), folder=tmp_path)
    asked = ("evacuate", "esx-001", "--yes", "--maintenance-mode")
    done = cluster.run(*asked, RECOMMENDER_POLICY__OWN_MOVES_IN_DRS_CLUSTERS="true")
    assert done.returncode == 0, done.stderr
    assert "WARNING: policy.own_moves_in_drs_clusters is set: we move VMs away from esx-001 although" in done.stderr
    assert cluster.simulator.operations().count("RelocateVM_Task") == 4
