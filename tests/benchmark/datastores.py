"""Measures the goal *datastores* on ``fleet/1`` files that are given 12 datastores, and prints one row a fleet.

Each datastore is seen by every second host, three are nearly full (93 %); the disks of a VM lie on one that its host
sees. Run: ``python -m tests.benchmark.datastores FLEET.json …``.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from recommender.constraints.check import violations_in
from recommender.constraints.registry import constraints_for
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.objectives.space_use import used_mib
from recommender.placement.answer import inventory_after
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.benchmark.fleet_documents import MIB_PER_GIB, VCENTER, inventory_of, read_fleet
from tests.benchmark.placement import percent

DATASTORES, FULL = 12, 3
FULL_SHARE, OTHER_SHARE = 0.93, 0.62  # used space of the full ones; of an average one, had it all in equal parts
LIKELY = 6  # so many times as many VMs on one of the full ones
HEADER = "| fleet | CPU s | VMs moved | GiB copied | highest use | rules broken anew | gap | gain gap | status |"


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleets", nargs="+", type=Path, metavar="FLEET.json")
    arguments = parser.parse_args()
    print(HEADER + "\n|---|---:|---:|---:|---:|---:|---:|---:|---|")
    for seed, path in enumerate(arguments.fleets):
        print(row(path.stem, with_datastores(inventory_of(read_fleet(path)), seed)), flush=True)


def with_datastores(inventory: Inventory, seed: int) -> Inventory:
    """The fleet on 12 datastores instead of one."""
    chance = Random(seed)  # noqa: S311  # a fleet, not a secret
    refs = [EntityRef(VCENTER, f"ds-{number:02}") for number in range(DATASTORES)]
    hosts = tuple(replace(host, datastores=tuple(refs[place % 2 :: 2])) for place, host in enumerate(inventory.hosts))
    seen = {host.ref: host.datastores for host in hosts}
    used, vms = dict.fromkeys(refs, 0), []
    for vm in inventory.virtual_machines:
        weights = [LIKELY if ref in refs[:FULL] else 1 for ref in seen[vm.host]]
        (place,) = chance.choices(seen[vm.host], weights)
        used[place] += vm.disk_mib
        disks = tuple(replace(disk, datastore=place) for disk in vm.disks)
        vms.append(replace(vm, disks=disks, datastores=(place,), home_datastore=place))
    average = sum(used.values()) / DATASTORES / OTHER_SHARE
    sizes = {ref: int(used[ref] / FULL_SHARE if ref in refs[:FULL] else average) for ref in refs}
    stores = tuple(
        Datastore(
            ref=ref, name=ref.moid, datacenter="dc", capacity_mib=size, free_mib=size - used[ref], uncommitted_mib=0
        )
        for ref, size in sizes.items()
    )
    return replace(inventory, hosts=hosts, virtual_machines=tuple(vms), datastores=stores)


def row(name: str, inventory: Inventory) -> str:
    """One line of the table."""
    began = time.process_time()
    result = solve(PlacementRequest(inventory=inventory, policy=Policy(), goal=Goal.DATASTORES))
    cpu_s = time.process_time() - began
    after = inventory_after(inventory, result.moves)
    rules = constraints_for(Policy())
    before = {found.place for found in violations_in(rules, inventory)}
    broken = sum(found.place not in before for found in violations_in(rules, after))
    copied = sum(inventory.vm(move.vm).disk_mib for move in result.moves) / MIB_PER_GIB
    uses = [f"{highest(inventory, end):.3f}" for end in (inventory, after)]
    cells = [name, f"{cpu_s:.2f}", str(len(result.moves)), f"{copied:,.0f}", " → ".join(uses), str(broken)]
    return "| " + " | ".join([*cells, percent(result.gap), percent(result.gain_gap), result.status.value]) + " |"


def highest(start: Inventory, end: Inventory) -> float:
    """The highest share of used space of any datastore."""
    used = used_mib(start, end)
    return max(used[store.ref] / store.capacity_mib for store in start.datastores)


if __name__ == "__main__":
    main()
