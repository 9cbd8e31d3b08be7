"""Gives a ``fleet/1`` file to proxlb-solver and prints what its answer comes to, in a row of our own figures.

proxlb-solver (PyPI, ``proxlb-solver``; GPL, so in an environment of its own and only ever run as a program) is told
everything that it knows: memory, the load on CPUs, VMs to be kept apart or together, and the hosts that a VM may be on,
which holds CPU generations as well. vCPUs may be overcommitted at will, as ours may. It balances one measure, here the
CPU's load, with its own defaults and its own limit of 60 s.
Run: ``python -m tests.benchmark.proxlb --python ENVIRONMENT/bin/python FLEET.json …``.
"""

import argparse
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from recommender.inventory.reference import EntityRef
from tests.benchmark.fleet_documents import VCENTER
from tests.benchmark.hbal import HEADER, row

MIB = 1 << 20
ASKED = """
import json, sys
from proxlb_solver import Cluster, solve_reachable
answer, plan = solve_reachable(Cluster.model_validate(json.load(sys.stdin)))
json.dump({"status": answer.stats.status, "moves": {one.vm: one.target for one in answer.migrations}}, sys.stdout)
"""


def main() -> None:
    """Read the arguments and print the table; says so and ends where proxlb-solver is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleets", nargs="+", type=Path, metavar="FLEET.json")
    parser.add_argument("--python", type=Path, required=True, help="Python of the environment with proxlb-solver")
    arguments = parser.parse_args()
    python = str(arguments.python)
    if not arguments.python.exists() or _run([python, "-c", "import proxlb_solver"]).returncode:
        sys.exit(f"{python} has no proxlb-solver (pip install proxlb-solver): nothing is measured")
    print(HEADER)
    for path in arguments.fleets:
        print(row(path, partial(answer, python)), flush=True)


def answer(python: str, fleet: dict[str, Any]) -> dict[EntityRef, EntityRef] | str:
    """Where each VM that moves ends, or that none does."""
    told = _run([python, "-c", ASKED], json.dumps(question(fleet)))
    if told.returncode:
        sys.exit(told.stderr)
    found = json.loads(told.stdout)
    moves = {EntityRef(VCENTER, vm): EntityRef(VCENTER, host) for vm, host in found["moves"].items()}
    return moves or f"nothing found ({found['status']})"


def question(fleet: dict[str, Any]) -> dict[str, Any]:
    """The fleet as proxlb-solver's own document of a cluster."""
    mhz_of_core = {host["id"]: host["cpu_mhz"] / host["cores"] for host in fleet["hosts"]}
    return {
        "name": fleet["name"],
        "description": "",
        "balancing": {"method": "cpu", "cpu_overcommit": 1000.0},
        "nodes": [
            {
                "name": host["id"],
                "cpu_total": host["cores"],
                "memory_total": int(host["mem_mb"]) * MIB,
                "maintenance": host["maintenance"],
            }
            for host in fleet["hosts"]
        ],
        "vms": [
            {
                "name": vm["id"],
                "node": vm["host"],
                "cpu": vm["vcpus"],
                "memory": int(vm["mem_mb"]) * MIB,
                "cpu_usage": vm["cpu_mhz"] / mhz_of_core[vm["host"]],
            }
            for vm in fleet["vms"]
        ],
        "constraints": {
            "affinity": [{**rule, "hard": True} for rule in fleet["rules"]["affinity"]],
            "anti_affinity": [{**rule, "hard": True} for rule in fleet["rules"]["anti_affinity"]],
            "pin": _pins(fleet),
        },
        "expect": {},
    }


def _pins(fleet: dict[str, Any]) -> list[dict[str, Any]]:
    """Which hosts each VM may be on, where these are not all: those of its rules, and CPUs that are not too old."""
    pinned = {rule["vm"]: set(rule["hosts"]) for rule in fleet["rules"]["pin"]}
    pins = []
    for vm in fleet["vms"]:
        hosts = [
            host["id"]
            for host in fleet["hosts"]
            if host["cpu_gen"] >= vm["min_gen"] and host["id"] in pinned.get(vm["id"], {host["id"]})
        ]
        if len(hosts) < len(fleet["hosts"]):
            pins.append({"vm": vm["id"], "nodes": hosts})
    return pins


def _run(command: list[str], told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False)  # noqa: S603  # a path that was given


if __name__ == "__main__":
    main()
