"""Fleets in the neutral ``fleet/1`` form of placement comparisons, as inventories of this product."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine

VCENTER = "fleet"
CLUSTER = EntityRef(VCENTER, "cluster")
DATASTORE = EntityRef(VCENTER, "datastore")
TAKEN_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
VMOTION_MBIT_S = 10_000
MIB_PER_GIB = 1024


def read_fleet(path: Path) -> dict[str, Any]:
    """A fleet document; raises ``ValueError`` for another format."""
    fleet: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    missing = {"hosts", "vms", "rules"} - fleet.keys()
    if missing:
        raise ValueError(f"{path} is no fleet: it lacks {', '.join(sorted(missing))}")
    return fleet


def inventory_of(fleet: dict[str, Any]) -> Inventory:
    """The fleet as one cluster on one datastore, 10 GbE for vMotion; CPU generations are features gen2, gen3 …"""
    rules = fleet["rules"]
    return Inventory(
        taken_at=TAKEN_AT,
        hosts=tuple(_host(host) for host in fleet["hosts"]),
        virtual_machines=tuple(_vm(vm) for vm in fleet["vms"]),
        clusters=(Cluster(ref=CLUSTER, name="cluster", datacenter="dc"),),
        datastores=(Datastore(ref=DATASTORE, name="ds", datacenter="dc", capacity_mib=1 << 40, free_mib=1 << 39),),
        vm_affinity_rules=tuple(
            VmAffinityRule(name=rule["name"], vms=_refs(rule["vms"])) for rule in rules["affinity"]
        ),
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=rule["name"], vms=_refs(rule["vms"])) for rule in rules["anti_affinity"]
        ),
        vm_host_rules=tuple(
            VmHostRule(name=f"pin {rule['vm']}", vms=_refs([rule["vm"]]), hosts=_refs(rule["hosts"]))
            for rule in rules["pin"]
        ),
    )


def _refs(ids: list[str]) -> tuple[EntityRef, ...]:
    return tuple(EntityRef(VCENTER, moid) for moid in ids)


def _host(host: dict[str, Any]) -> Host:
    return Host(
        ref=EntityRef(VCENTER, host["id"]),
        name=host["id"],
        datacenter="dc",
        cluster=CLUSTER,
        in_maintenance=bool(host["maintenance"]),
        cpu_mhz=int(host["cpu_mhz"]),
        cores=int(host["cores"]),
        memory_mib=int(host["mem_mb"]),
        feature_capabilities=tuple(FeatureCapability(f"gen{n}", "1") for n in range(2, int(host["cpu_gen"]) + 1)),
        vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=VMOTION_MBIT_S),),
        datastores=(DATASTORE,),
        load=HostLoad(),
    )


def _vm(vm: dict[str, Any]) -> VirtualMachine:
    return VirtualMachine(
        ref=EntityRef(VCENTER, vm["id"]),
        name=vm["id"],
        instance_uuid=vm["id"],
        host=EntityRef(VCENTER, vm["host"]),
        power_state=PowerState.POWERED_ON,
        vcpus=int(vm["vcpus"]),
        memory_mib=int(vm["mem_mb"]),
        feature_requirements=tuple(
            FeatureRequirement(f"gen{n}", "Bool:Min:1") for n in range(2, int(vm["min_gen"]) + 1)
        ),
        disks=(Disk(key=2000, datastore=DATASTORE, size_mib=int(vm["disk_gb"]) * MIB_PER_GIB),),
        datastores=(DATASTORE,),
        load=VmLoad(
            cpu_demand_mhz=int(vm["cpu_mhz"]),
            memory_active_mib=int(vm["mem_active_mb"]),
            memory_consumed_mib=int(vm["mem_mb"]),
        ),
    )
