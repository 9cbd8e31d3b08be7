"""A scenario: a folder with a small world, a question as people type it, what the answer has to say, and why.

``inventory.json``: ``hosts`` and ``vms`` by name, each with what differs from ``tests.inventories.make_host`` and
``make_vm`` (and ``on``: a VM's host; ``disks``: datastore and MiB of each, the home beside the first); ``datastores``:
capacity and free MiB, and a latency in ms, where these matter; ``disks_apart``, ``vms_apart``: rules by name of the
datastore cluster that all datastores are then in; ``together``, ``apart``, ``must_run_on``: rules by name; ``cluster``;
``policy``; ``site_links``; ``taken_at``.
``question.json``: the command's arguments, ``FOLDER`` standing for the scenario's own. ``expected.json``: ``exit_code``
and, of the JSON that is printed, whatever decides; lists in any order, but whole; ``told`` where
nothing is printed but a refusal. ``README.md``: why that is right.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recommender.budget_policy import BudgetPolicy, GroupBudget
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.measured import Measured
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import Disk
from recommender.policy import FaultDomainGroup, HostGroup, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

FILES = ("README.md", "inventory.json", "question.json", "expected.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    inventory: Inventory
    policy: Policy
    arguments: tuple[str, ...]
    exit_code: int
    expected: dict[str, Any]


def read_scenario(folder: Path) -> Scenario:
    world, question, expected = (json.loads((folder / name).read_text(encoding="utf-8")) for name in FILES[1:])
    return Scenario(
        inventory=_inventory(world),
        policy=_policy(world),
        arguments=tuple(argument.replace("FOLDER", str(folder)) for argument in question),
        exit_code=expected["exit_code"],
        expected=expected["says"],
    )


def differences(expected: Any, found: Any, place: str = "") -> list[str]:
    """Where ``found`` does not say what is expected; what nobody expects is not looked at, but in lists."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line for key in expected for line in differences(expected[key], found.get(key, "absent"), f"{place}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list):
        left = list(found)
        for item in expected:
            match = next((other for other in left if not differences(item, other)), None)
            if match is None:
                return [f"{place}: nothing is like {item} in {found}"]
            left.remove(match)
        return [f"{place}: not expected: {left}"] if left else []
    if isinstance(expected, float) and isinstance(found, float | int):
        return [] if abs(expected - found) < 1e-6 * max(1.0, abs(expected)) else [f"{place}: {found}, not {expected}"]
    return [] if expected == found else [f"{place}: {found}, not {expected}"]


def _policy(world: dict[str, Any]) -> Policy:
    said: dict[str, Any] = {}
    for name, value in world.get("policy", {}).items():
        kind = {"fault_domains": FaultDomainGroup, "host_groups": HostGroup}.get(name)
        if name == "budget":
            groups = tuple(GroupBudget(**_tuples(group)) for group in value.get("group", ()))
            said[name] = BudgetPolicy(**(value | {"group": groups}))
            continue
        said[name] = tuple(kind(**_tuples(item)) for item in value) if kind else _tuples({name: value})[name]
    return Policy(**said)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _stored(changes: dict[str, Any]) -> dict[str, Any]:
    """What a VM has on datastores, where it says so."""
    disks = changes.pop("disks", None)
    if disks is None:
        return {}
    places = [ref(store) for store, _ in disks]
    return {
        "disks": tuple(
            Disk(key=2000 + number, datastore=ref(store), size_mib=mib) for number, (store, mib) in enumerate(disks)
        ),
        "home_datastore": places[0],
        "datastores": tuple(sorted(set(places))),
    }


def _datastore(
    name: str, pod: tuple[DatastoreCluster, ...], capacity_mib: int, free_mib: int, latency_ms: float | None = None
) -> Datastore:
    measured = Measured(newest=latency_ms, p95=latency_ms, window_s=3600) if latency_ms is not None else None
    return Datastore(
        ref=ref(name),
        name=name,
        datacenter="dc",
        capacity_mib=capacity_mib,
        free_mib=free_mib,
        datastore_cluster=pod[0].ref if pod else None,
        load=DatastoreLoad(latency_ms=measured),
    )


def _datastore_cluster(world: dict[str, Any]) -> tuple[DatastoreCluster, ...]:
    vms, disks = world.get("vms_apart", {}), world.get("disks_apart", {})
    if not (vms or disks):
        return ()
    pod = DatastoreCluster(
        ref=ref("pod"),
        name="pod",
        datacenter="dc",
        vm_anti_affinity=tuple(tuple(map(ref, members)) for members in vms.values()),
        vm_anti_affinity_names=tuple(vms),
        disk_anti_affinity=tuple(
            DiskAntiAffinity(vm=ref(rule["vm"]), disks=tuple(rule["disks"]), name=name) for name, rule in disks.items()
        ),
    )
    return (pod,)


def _inventory(world: dict[str, Any]) -> Inventory:
    cluster = world.get("cluster", {})
    control = cluster.get("admission_control")
    pod = _datastore_cluster(world)
    stores = tuple(_datastore(name, pod, *values) for name, values in world.get("datastores", {}).items())
    return make_inventory(
        [
            make_host(name, **({"cluster": ref("cluster")} | _tuples(changes)))
            for name, changes in world["hosts"].items()
        ],
        [
            make_vm(name, changes.pop("on"), **_stored(changes), **_tuples(changes))
            for name, changes in world["vms"].items()
        ],
        **({"datastores": stores} if stores else {}),
        datastore_clusters=pod,
        **({"taken_at": datetime.fromisoformat(world["taken_at"])} if "taken_at" in world else {}),
        site_links=tuple(SiteLink(**link) for link in world.get("site_links", ())),
        clusters=(
            Cluster(
                ref=ref("cluster"),
                name="cluster",
                datacenter="dc",
                ha_enabled=cluster.get("ha_enabled", False),
                vsan_enabled=cluster.get("vsan_enabled", False),
                admission_control=None
                if control is None
                else AdmissionControl(**(control | {"policy": AdmissionPolicy(control["policy"])})),
            ),
        ),
        vm_affinity_rules=tuple(
            VmAffinityRule(name=name, vms=tuple(map(ref, vms))) for name, vms in world.get("together", {}).items()
        ),
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=name, vms=tuple(map(ref, vms))) for name, vms in world.get("apart", {}).items()
        ),
        vm_host_rules=tuple(
            VmHostRule(name=name, vms=tuple(map(ref, rule["vms"])), hosts=tuple(map(ref, rule["hosts"])))
            for name, rule in world.get("must_run_on", {}).items()
        ),
    )
