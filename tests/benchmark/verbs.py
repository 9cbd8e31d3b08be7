"""What the questions beside balancing cost, from the inventory in memory to the answer, medians over ``fleet/1`` files.

Run: ``python -m tests.benchmark.verbs FLEET.json …``
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from recommender.placement.conflicts.diagnosis import diagnose
from recommender.placement.consolidate import consolidate
from recommender.placement.new_vm import NewVm
from recommender.placement.place import place
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.rule_price import price_of_rule
from recommender.placement.solve import solve
from recommender.placement.what_if import Change, what_if
from recommender.policy import Policy
from tests.benchmark.fleet_documents import inventory_of, read_fleet

NEW = NewVm(name="new", vcpus=4, memory_mib=16_384, cpu_demand_mhz=2000)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleets", nargs="+", type=Path, metavar="FLEET.json")
    measured: dict[str, list[float]] = {}
    told: dict[str, list[str]] = {}
    for path in parser.parse_args().fleets:
        request = PlacementRequest(inventory=inventory_of(read_fleet(path)), policy=Policy())
        for name, ask in questions(request).items():
            began = time.process_time()
            said = ask()
            measured.setdefault(name, []).append(time.process_time() - began)
            told.setdefault(name, []).append(said)
    print("| question | CPU s | answers |\n|---|---:|---|")
    for name, seconds in measured.items():
        print(f"| {name} | {statistics.median(seconds):.2f} | {', '.join(told[name])} |")


def questions(request: PlacementRequest) -> dict[str, Callable[[], str]]:
    """Each question with what its answer says in a word."""
    hosts = tuple(host.ref for host in request.inventory.hosts)
    half = replace(request, goal=Goal.EVACUATE, evacuate=hosts[: len(hosts) // 2])
    refused = solve(half)
    return {
        "balance": lambda: f"{len(solve(request).moves)} moves",
        "balance with its curve": lambda: f"{len(solve(replace(request, with_curve=True)).curve)} points",
        "consolidate": lambda: _consolidated(request),
        "what-if: a host lost, demand +20 %": lambda: str(
            len(what_if(request, Change(lost_hosts=hosts[:1], demand_percent=20)).after.moves)
        ),
        "price of a rule (two answers)": lambda: f"{price_of_rule(request, 'vm_anti_affinity').objective or 0:.1f}",
        "place one new VM": lambda: place(request, [], [NEW]).result.status.value,
        "why half of the hosts cannot be emptied": lambda: _why(half, refused.status.value),
    }


def _consolidated(request: PlacementRequest) -> str:
    answer = consolidate(request)
    return f"{answer.hosts_on + len(answer.switch_off)} → {answer.hosts_on} (≥ {answer.least_hosts_on})"


def _why(request: PlacementRequest, status: str) -> str:
    found = diagnose(request, solve(request))
    return status if found is None else f"{len(found.conflict.members)} clash, {len(found.relaxations)} ways out"


if __name__ == "__main__":
    main()
