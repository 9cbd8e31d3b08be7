"""VMs go from one vCenter to another: two simulators, each with a password of its own.

The simulator of govmomi itself moves nothing to another vCenter; here two processes of ours hand the VM over, check the
service locator (instance UUID, user, password, thumbprint) and refuse what does not fit. What a real vCenter says to a
wrong locator was not seen.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recommender.inventory.lookup import host_named, vm_named
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.fault_proxy import accepted_but, closed, pass_on, proxy_before
from tests.contract.running_simulator import RunningSimulator
from tests.contract.test_secrets import spellings
from tests.contract.two_vcenters import CONFIG, NEW, NEW_PASSWORD, OLD, OLD_PASSWORD
from tests.contract.worlds import one_site


@pytest.fixture
def new(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(NEW, password=NEW_PASSWORD)


@pytest.fixture
def old(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(OLD, password=OLD_PASSWORD, migration_ms=300)


@contextmanager
def line_to(old: RunningSimulator, new: RunningSimulator, folder: Path) -> Iterator[CommandLine]:
    (folder / "recommender.toml").write_text(CONFIG.format(old=old, new=new), encoding="utf-8")
    yield CommandLine(simulator=old, folder=folder)


def run(line: CommandLine, *arguments: str) -> "tuple[int, str, str]":
    done = line.run(
        *arguments,
        "--config",
        "recommender.toml",
        reads_vcenter=False,
        OLD_PASSWORD=OLD_PASSWORD,
        NEW_PASSWORD=NEW_PASSWORD,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_host_is_emptied_into_another_vcenter_and_no_password_is_written_anywhere(
    old: RunningSimulator, new: RunningSimulator, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with line_to(old, new, folder) as line:
        code, out, err = run(line, "evacuate", "esx-old", "--dry-run", "-o", "json")
        assert code == 0, err
        planned = {move["vm"]["name"]: move for move in json.loads(out)["moves"]}
        assert planned.keys() == {"web", "off"}
        assert planned["web"]["destination"]["host"]["ref"].startswith("new/")
        assert any("from vCenter old to vCenter new" in warning for warning in planned["web"]["warnings"])
        assert "its permissions, alarms, tags and statistics in vCenter old" in planned["web"]["left_behind"]
        code, out, err = run(line, "evacuate", "esx-rest", "--dry-run", "-o", "json")
        assert code == 4
        assert "a template does not go to another vCenter" in out

        addresses = [old.address(name="old"), new.address(name="new")]
        with open_vcenters(addresses, site_of=one_site) as (source, _):
            before = source.read()
            code, out, err = evacuated(line)
            assert code == 0, out + err
            after = source.read()
    assert old.operations().count("RelocateVM_Task") == 2
    assert new.operations().count("RelocateVM_Task") == 0
    for name in ("web", "off"):
        vm = vm_named(after, name)
        assert vm.host == host_named(after, "esx-new").ref
        assert vm.instance_uuid == vm_named(before, name).instance_uuid
        assert vm.power_state is vm_named(before, name).power_state
        assert {store.name for store in after.datastores if store.ref in vm.datastores} == {"new store"}
        assert {net.name for net in after.networks if net.ref in vm.networks} == {"production new"}
    (folder / "said.txt").write_text(out + err, encoding="utf-8")
    written = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"journal.db", "said.txt", "away.plan"} <= written.keys()
    secrets = spellings(OLD_PASSWORD) | spellings(NEW_PASSWORD)
    assert {name for name, content in written.items() if any(secret in content for secret in secrets)} == set()
    holding = [one["operation"] for one in old.received() if one["holds_a_secret"]]
    assert set(holding) == {"Login"}, "the old vCenter's own password goes nowhere else"


def evacuated(line: CommandLine) -> "tuple[int, str, str]":
    assert run(line, "evacuate", "esx-old", "--out", "away.plan")[0] == 0
    return run(line, "apply", "away.plan", "--yes")


def test_a_campaign_moves_a_cluster_to_another_vcenter_and_back(
    old: RunningSimulator, new: RunningSimulator, tmp_path: Path
) -> None:
    with line_to(old, new, tmp_path) as line:
        asked = ("--cluster", "blue", "--to-cluster", "green", "--leave", "image", "--window", "1h", "--yes")
        code, out, err = run(line, "campaign", "run", *asked, "-o", "json")
        assert code == 0, err
        (campaign,) = json.loads(out)["campaigns"]
        assert campaign["detail"] == "all is moved, in 1 batch; left: image: the campaign leaves it"
        code, out, err = run(line, "campaign", "roll-back", campaign["id"][:12], "--window", "1h", "--yes")
        assert code == 0, err
    addresses = [old.address(name="old"), new.address(name="new")]
    with open_vcenters(addresses, site_of=one_site) as (source, _):
        after = source.read()
    assert {vm_named(after, name).host for name in ("web", "off")} == {host_named(after, "esx-old").ref}
    assert [one.operations().count("RelocateVM_Task") for one in (old, new)] == [2, 2]


def test_destinations_in_the_other_vcenter_are_offered_with_their_datastore_or_refused_with_the_reason(
    old: RunningSimulator, new: RunningSimulator, tmp_path: Path
) -> None:
    with line_to(old, new, tmp_path) as line:
        code, out, err = run(line, "recommend", "web", "-o", "json")
        assert code == 0, err
        (option,) = json.loads(out)["options"]
        assert (option["host"]["name"], [store["name"] for store in option["datastores"]]) == (
            "esx-new",
            ["new store"],
        )
        assert {disk["destination"]["name"] for disk in option["disks"]} == {"new store"}
        assert [network["destination"]["name"] for network in option["networks"]] == ["production new"]
        assert "its permissions, alarms, tags and statistics in vCenter old" in option["left_behind"]
        (refused,) = json.loads(out)["refusals"]
        assert refused["host"]["name"] == "esx-rest"
        told = " ".join(run(line, "recommend", "web")[1].split())
        assert "esx-new + disks to new store" in told
        assert "! on esx-new: it goes from vCenter old to vCenter new and gets a new id" in told
        refusals = json.loads(run(line, "recommend", "image", "-o", "json")[1])["refusals"]
        reasons = {no["reason"] for one in refusals for no in one["rejections"] if one["host"]["name"] == "esx-new"}
        assert "a template does not go to another vCenter" in reasons


def test_a_lost_answer_is_settled_by_looking_in_both_and_nothing_is_sent_again(
    old: RunningSimulator, new: RunningSimulator, tmp_path: Path
) -> None:
    """One end of many: the others are those of any move (``test_faults``), the looking is ``test_whereabouts``."""
    folder = tmp_path / "work"
    folder.mkdir()
    with proxy_before(old) as proxy, line_to(proxy.before(old), new, folder) as line:
        proxy.on("RelocateVM_Task", accepted_but(closed), pass_on)
        code, out, err = evacuated(line)
        assert code == 0, out + err
        assert len(proxy.bodies("RelocateVM_Task")) == 2
    assert old.operations().count("RelocateVM_Task") == 2
