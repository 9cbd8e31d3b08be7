"""``predict``: from an inventory or from numbers, as a table or as JSON; contradictions are told at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from recommender.cli.predict import predict
from recommender.errors import UnknownName
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.journal.inventory_file import SavedInventory, write_inventory
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

NUMBERS = ("--memory-mib=16384", "--working-set-mib=4096", "--dirty-mib-s=400", "--bandwidth-mib-s=1000")


def run(*arguments: str) -> Result:
    result = CliRunner(env={"RECOMMENDER_CONFIG": None}).invoke(predict, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(*arguments: str) -> dict[str, Any]:
    found = json.loads(run(*arguments, "-o", "json").stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def saved(tmp_path: Path) -> str:
    hosts = [make_host(name, datastores=("ds", "fast"), cluster=ref("c")) for name in ("esx-1", "esx-2")]
    vms = [
        make_vm("web", "esx-1"),
        make_vm("web-twin", "esx-2"),
        make_vm("off", "esx-1", power_state=PowerState.POWERED_OFF),
    ]
    apart = VmAntiAffinityRule(name="web \x1b[31m apart", vms=(ref("web"), ref("web-twin")))
    cluster = Cluster(ref=ref("c"), name="c", datacenter="dc")
    return _saved(tmp_path, make_inventory(hosts, vms, clusters=(cluster,), vm_anti_affinity_rules=(apart,)))


def _saved(folder: Path, inventory: Inventory) -> str:
    write_inventory(folder / "inventory.json", SavedInventory(inventory=inventory, policy=Policy()))
    return str(folder / "inventory.json")


def test_numbers_alone_give_the_table_that_explains_vmotion() -> None:
    """The table of ``test_precopy``; 24.30 s with the fixed parts."""
    shown = run(*NUMBERS).stdout
    for text in ("memory to transfer", "3,269.0 MiB", "1.119 s", "424.2 MiB", "total       24.3 s", "converges   yes"):
        assert text in shown


def test_numbers_alone_give_a_versioned_document() -> None:
    found = document(*NUMBERS)
    assert found["format"] == "recommender-prediction/1"
    assert (found["vm"], found["source"], found["destination"], found["refusals"]) == (None, None, None, [])
    assert found["estimate"]["duration_p50_s"] == pytest.approx(24.297, abs=0.001)
    assert [one["number"] for one in found["estimate"]["rounds"]] == [1, 2, 3]
    assert found["estimate"]["kind"] == "vmotion"


def test_round_trip_time_and_switchover_goal_count() -> None:
    """Goal 2,000 MiB: after two rounds 1,119.4 MiB are left, 1,119 ms; 100 ms fixed; three round trips of 20 ms."""
    found = document(*NUMBERS, "--rtt-ms=20", "--switchover-ms=2000")
    assert len(found["estimate"]["rounds"]) == 2
    assert found["estimate"]["downtime_p50_ms"] == pytest.approx(1119.4 + 100 + 60, abs=0.1)


def test_a_guest_that_outruns_the_link_is_told() -> None:
    shown = run("--memory-mib=9000", "--working-set-mib=8000", "--dirty-mib-s=900", "--bandwidth-mib-s=100").stdout
    assert "converges   no" in shown
    assert "risk        may not converge" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to predict: give VM --to HOST, or --memory-mib"),
        (NUMBERS[:2], "--dirty-mib-s, --bandwidth-mib-s"),
        (("web",), "where to? Give web --to HOST"),
        (("--to", "esx-2"), "which VM?"),
        (("web", "--to", "esx-2", "--rtt-ms=3", NUMBERS[0]), "--memory-mib, --rtt-ms"),
        ((*NUMBERS, "-i", "absent.json"), "numbers alone read no inventory"),
        ((*NUMBERS[:3], "--bandwidth-mib-s=0"), "not in the range 0.001"),
        ((*NUMBERS[:3], "--bandwidth-mib-s=nan"), "not in the range"),
        ((*NUMBERS[:3], "--bandwidth-mib-s=fast"), "'fast' is not a valid"),
        ((*NUMBERS[:3], "--bandwidth-mib-s=inf"), "not in the range"),
        (("web", "--to", "esx-2", "-i", "absent.json", "--vcenter", "vc"), "not both"),
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_move_in_an_inventory_tells_its_inputs_and_what_refuses_it(saved: str) -> None:
    result = run("web", "--to", "esx-2", "-i", saved)
    assert result.exit_code == 0
    assert "Migration of web: esx-1 → esx-2" in result.stdout
    assert "consumed memory of the VM" in result.stdout
    assert "This move would be refused:" in result.stdout
    assert "X esx-2: vm_anti_affinity" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_document_of_a_move_names_both_ends_and_the_refusals(saved: str) -> None:
    found = document("web", "--to", "esx-2", "--datastore", "fast", "-i", saved)
    assert found["vm"] == {"name": "web", "ref": "vc/web", "instance_uuid": "uuid-web"}
    assert found["source"]["host"]["name"] == "esx-1"
    assert found["destination"]["host"]["name"] == "esx-2"
    assert [store["name"] for store in found["destination"]["datastores"]] == ["fast"]
    assert found["estimate"]["kind"] == "combined"
    assert [refusal["constraint"] for refusal in found["refusals"]] == ["vm_anti_affinity"]


def test_a_move_that_nothing_refuses_says_nothing_of_refusals(saved: str) -> None:
    shown = run("off", "--to", "esx-2", "-i", saved).stdout
    assert "kind        cold" in shown
    assert "refused" not in shown


def test_without_a_host_only_the_disks_move(saved: str) -> None:
    found = document("web", "--datastore", "fast", "-i", saved)
    assert found["estimate"]["kind"] == "storage_vmotion"
    assert found["destination"]["host"] == found["source"]["host"]


def test_a_name_that_is_not_there_is_told_with_near_ones(saved: str) -> None:
    with pytest.raises(UnknownName, match="esx-2"):
        run("web", "--to", "esx-22", "-i", saved)


def test_a_datastore_that_the_destination_does_not_mount_refuses_the_move(tmp_path: Path) -> None:
    hosts = [make_host("esx-1"), make_host("esx-2")]
    stores = tuple(
        Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=1 << 20, free_mib=1 << 19)
        for name in ("ds", "lonely")
    )
    inventory = make_inventory(hosts, [make_vm("web", "esx-1")], datastores=stores)
    shown = run("web", "--to", "esx-2", "--datastore", "lonely", "-i", _saved(tmp_path, inventory)).stdout
    assert "disks to lonely" in shown
    assert "datastore_reachable" in shown
