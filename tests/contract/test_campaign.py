"""A data centre moves over SOAP: in batches, killed in the middle and gone on with, and put back as its own plan."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from recommender.inventory.lookup import vm_named
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.whole_datacenter import CONFIG, whole_datacenter
from tests.contract.worlds import over_soap

LEASE_S = 11  # after so long another process may act in the place of one that was killed
INFEASIBLE = 4


def campaign_line(start_simulator: StartSimulator, folder: Path, *, rtt_ms: float = 5.0) -> CommandLine:
    simulator = start_simulator(whole_datacenter(), migration_ms=100)
    text = CONFIG.format(url=simulator.url, pin=simulator.certificate_pin, user=simulator.username, rtt_ms=rtt_ms)
    (folder / "recommender.toml").write_text(text, encoding="utf-8")
    return CommandLine(simulator=simulator, folder=folder)


def run(line: CommandLine, *arguments: str, **environment: str) -> Any:
    return line.run("campaign", *arguments, reads_vcenter=False, RECOMMENDER_CONFIG="recommender.toml", **environment)


def hosts_of(line: CommandLine) -> dict[str, str]:
    with over_soap(line.simulator) as world:
        inventory = world.source.read()
    return {vm.name: inventory.host(vm.host).name for vm in inventory.virtual_machines}


def test_a_whole_data_centre_moves_is_killed_goes_on_and_comes_back(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    line = campaign_line(start_simulator, tmp_path)
    before = hosts_of(line)
    asked = ("--datacenter", "east", "--to-datacenter", "west")
    fridays = ("--every", "0 22 * * 5 Europe/Berlin")
    killed = run(line, "run", *asked, "--window", "12m", *fridays, "--yes", RECOMMENDER_FAILPOINT="after_submit:2=kill")
    assert killed.returncode == -9, killed.stderr
    assert "3 VMs (0 cold), 2 applications complete; 69.1 GiB from site to site (east | west) of 83.8 GiB" in (
        killed.stderr
    )
    assert "the whole campaign is to be over in window " in killed.stderr
    freed_at = time.monotonic() + LEASE_S
    (one,) = json.loads(run(line, "list", "-o", "json").stdout)["campaigns"]
    number = one["id"][:12]
    promise = one["promise"]
    assert [leg["state"] for leg in promise["legs"]] == ["under_way"] + ["expected"] * (len(promise["legs"]) - 1)
    opens = datetime.fromisoformat(promise["expected"]["window_opens_at"]).astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{opens:%a %H:%M}" == "Fri 22:00"
    time.sleep(max(0.0, freed_at - time.monotonic()))
    done = run(line, "continue", number, "--window", "30m", "-o", "json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["campaigns"]
    assert told["detail"] == "all is moved, in 2 batches"
    assert told["promise"]["expected"]["window"] == 2 <= told["promise"]["promised"]["window"]
    assert "promised start" in run(line, "list").stdout
    after = hosts_of(line)
    assert set(after.values()) == {"esx-8", "esx-9"}
    assert line.simulator.operations().count("RelocateVM_Task") == len(before) == 7
    with over_soap(line.simulator) as world:
        inventory = world.source.read()
    stores = {store.name for store in inventory.datastores if store.ref in vm_named(inventory, "image").datastores}
    assert stores == {"new"}

    back = run(line, "roll-back", number, "--window", "1h", "--yes")
    assert back.returncode == 0, back.stderr
    assert hosts_of(line) == before
    assert line.simulator.operations().count("RelocateVM_Task") == 14


def test_a_site_beyond_the_round_trip_time_takes_nobody(start_simulator: StartSimulator, tmp_path: Path) -> None:
    line = campaign_line(start_simulator, tmp_path, rtt_ms=170.0)
    told = run(line, "run", "--datacenter", "east", "--to-datacenter", "west", "--window", "2h", "--yes")
    assert told.returncode == INFEASIBLE
    assert "170" in told.stderr
    assert "150" in told.stderr
    assert "RelocateVM_Task" not in line.simulator.operations()
