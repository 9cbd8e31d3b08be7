"""Gives a ``fleet/1`` file to Ganeti's hbal and prints what its answer comes to, in a row of our own figures.

hbal knows memory, disks, vCPUs, the load that it is told (``-U``), and *exclusion tags*: VMs that share one are to be
apart. It knows no other rule of the fleet, so what its answer breaks is counted. Needs ``hbal`` (Debian package
ganeti-htools). Run: ``python -m tests.benchmark.hbal FLEET.json …``.
"""

import argparse
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from recommender.constraints.check import violations_in
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_at
from recommender.policy import Policy
from tests.benchmark.fleet_documents import VCENTER, inventory_of, read_fleet
from tests.benchmark.placement import highest

GROUP = "11111111-1111-1111-1111-111111111111"
DISK_MIB = 1 << 40
HEADER = (
    "| fleet | CPU s | VMs moved | highest CPU | highest memory | rules broken anew |\n|---|---:|---:|---:|---:|---:|"
)
STEP = re.compile(r"^\s*\d+\.\s+(\S+)\s+(\S+)\s+=>\s+(\S+)\s")


def main() -> None:
    """Read the arguments and print the table; says so and ends where hbal is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleets", nargs="+", type=Path, metavar="FLEET.json")
    arguments = parser.parse_args()
    program = shutil.which("hbal")
    if program is None:
        sys.exit("hbal is not installed (Debian package ganeti-htools): nothing is measured")
    print(HEADER)
    for path in arguments.fleets:
        print(row(path, partial(answer, program)), flush=True)


def row(path: Path, ask: Callable[[dict[str, Any]], dict[EntityRef, EntityRef] | str]) -> str:
    """One line of the table: where each VM that moves ends, as a program answers, or why it moves none."""
    fleet = read_fleet(path)
    inventory = inventory_of(fleet)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    moves = ask(fleet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if isinstance(moves, str):
        return f"| {path.stem} | {seconds:.1f} | {moves} | | | |"
    end = inventory_at(inventory, moves)
    broken = _broken(end) - _broken(inventory)
    return (
        f"| {path.stem} | {seconds:.1f} | {len(moves)} | {highest(end, 'cpu'):.3f} | {highest(end, 'memory'):.3f} | "
        f"{len(broken)} |"
    )


def answer(program: str, fleet: dict[str, Any]) -> dict[EntityRef, EntityRef]:
    """Where each VM that moves ends, its last step."""
    with tempfile.TemporaryDirectory() as folder:
        data, load = Path(folder) / "data", Path(folder) / "load"
        data.write_text(_data(fleet), encoding="utf-8")
        load.write_text(
            "".join(f"{vm['id']} {vm['cpu_mhz'] / 1000:.4f} 0 0 0\n" for vm in fleet["vms"]), encoding="utf-8"
        )
        command = [program, "-t", str(data), "-U", str(load), "--no-disk-moves"]
        told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # found on PATH
    start = {vm["id"]: vm["host"] for vm in fleet["vms"]}
    steps = [found for line in told.stdout.splitlines() if (found := STEP.match(line))]
    ends = {step[1]: step[3].split(":")[0] for step in steps}
    return {EntityRef(VCENTER, vm): EntityRef(VCENTER, host) for vm, host in ends.items() if start[vm] != host}


def _data(fleet: dict[str, Any]) -> str:
    """Ganeti's text form: groups, nodes, instances and tags, with an empty line between."""
    used = dict.fromkeys((host["id"] for host in fleet["hosts"]), 0)
    for vm in fleet["vms"]:
        used[vm["host"]] += int(vm["mem_mb"])
    nodes = [
        f"{host['id']}|{int(host['mem_mb'])}|0|{int(host['mem_mb']) - used[host['id']]}|{DISK_MIB}|{DISK_MIB}|"
        f"{int(host['cores'])}|{'Y' if host['maintenance'] else 'N'}|{GROUP}|1"
        for host in fleet["hosts"]
    ]
    tags: dict[str, list[str]] = {}
    for number, rule in enumerate(fleet["rules"]["anti_affinity"]):
        for vm in rule["vms"]:
            tags.setdefault(vm, []).append(f"apart:{number}")
    vms = [
        f"{vm['id']}|{int(vm['mem_mb'])}|1024|{int(vm.get('vcpus', 1))}|running|Y|{vm['host']}||ext|"
        f"{','.join(tags.get(vm['id'], ()))}|1"
        for vm in fleet["vms"]
    ]
    sections = ([f"default|{GROUP}|preferred||"], nodes, vms, ["htools:iextags:apart"])
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _broken(inventory: Inventory) -> set[tuple[object, ...]]:
    """Which rules are broken and by whom; sums that are too high, only where."""
    found = violations_in(constraints_for(Policy(cpu_reserve_percent=0, memory_reserve_percent=0)), inventory)
    return {(one.place, one.vms if one.rule or not one.constraint.endswith("_capacity") else ()) for one in found}


if __name__ == "__main__":
    main()
