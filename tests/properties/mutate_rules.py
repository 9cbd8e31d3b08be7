"""Mutates what each rule tells the solver, one at a time, and shows that the comparisons of the property tests notice.

Run: ``python -m tests.properties.mutate_rules [RULE …]``; minutes for all. Ends with 1 if a mutant was not noticed.
*anywhere* and *nowhere* are told of pairs, *copied anywhere* and *copied nowhere* of disks, *silent* of several VMs.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

from recommender.constraints.base import Constraint, DiskConstraint
from recommender.constraints.registry import constraints_for
from recommender.policy import Policy
from tests.properties import test_copy_rules, test_pair_rules
from tests.properties.every_placement import DEPEND_ON_SEVERAL_VMS
from tests.properties.inventories import Situation, situations
from tests.properties.small_clusters import demanding_requests, requests, strange_requests
from tests.properties.test_placement import forbidden_things

PATIENT: Final = settings(max_examples=1500, deadline=None, derandomize=True, phases=[Phase.generate])
Mutant = tuple[str, str, Any, Callable[[], bool]]  # name, method, what stands in its place, whether it is noticed


def main() -> None:
    """Print a line for each mutant."""
    wanted, missed = sys.argv[1:], 0
    for rule in constraints_for(Policy()):
        for name, method, instead, is_noticed in mutants(rule) if not wanted or rule.name in wanted else ():
            with patch.object(type(rule), method, instead):
                noticed = is_noticed()
            missed += not noticed
            print(f"{'noticed' if noticed else 'MISSED ':8} {rule.name}: {name}", flush=True)
    sys.exit(1 if missed else 0)


def mutants(rule: Constraint) -> Iterator[Mutant]:
    """What may be told wrongly of a rule, as far as it says anything of that sort."""

    def pairs(situation: Situation) -> bool:
        return any(test_pair_rules.disagreements(one, situation.inventory) for one in _same(rule, situation))

    def copies(situation: Situation) -> bool:
        return any(test_copy_rules.disagreements(one, situation.inventory) for one in _same(rule, situation))

    yield "nowhere", "eligible", _pairs(may_go=False), lambda: _is_found(situations(), pairs)
    if rule.name not in DEPEND_ON_SEVERAL_VMS and not _is_about_disks_alone(rule):
        yield "anywhere", "eligible", _pairs(may_go=True), lambda: _is_found(situations(), pairs)
    if isinstance(rule, DiskConstraint):
        yield "copied anywhere", "admits", lambda *_: True, lambda: _is_found(situations(), copies)
        yield "copied nowhere", "admits", lambda *_: False, lambda: _is_found(situations(), copies)
    if rule.name in DEPEND_ON_SEVERAL_VMS:
        asked = demanding_requests() | requests(eventful=True) | strange_requests()
        yield "silent", "post", lambda *_: None, lambda: _is_found(asked, lambda one: bool(forbidden_things(one)))


def _same(rule: Constraint, situation: Situation) -> list[Constraint]:
    return [one for one in situation.constraints if one.name == rule.name]


def _is_about_disks_alone(rule: Constraint) -> bool:
    return isinstance(rule, DiskConstraint) and rule.name not in ("datastore_reachable", "storage_round_trip_time")


def _pairs(*, may_go: bool) -> Any:
    return lambda _rule, _inventory, vms, hosts: np.full((len(vms), len(hosts)), may_go)


def _is_found(strategy: Any, is_noticed: Callable[[Any], bool]) -> bool:
    try:
        find(strategy, is_noticed, settings=PATIENT)
    except NoSuchExample:
        return False
    return True


if __name__ == "__main__":
    main()
