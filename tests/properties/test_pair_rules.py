"""What ``eligible`` says of a pair and what the checker says of the move are the same, for any rule and situation.

The broken rules at the end are there to show that the comparison notices what it is meant to notice.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings

from recommender.constraints.base import BoolMatrix, Constraint
from recommender.constraints.check import caused_by_move
from recommender.constraints.cpu_capacity import CpuCapacity
from recommender.constraints.cross_vcenter import CrossVCenter
from recommender.constraints.network_reachable import NetworkReachable
from recommender.constraints.round_trip_time import RoundTripTime
from recommender.constraints.vm_host_affinity import VmHostAffinity
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.relocation_policy import NetworkMapping
from tests.properties.every_placement import DEPEND_ON_SEVERAL_VMS
from tests.properties.inventories import Situation, situations

thorough = settings(max_examples=150, deadline=None, derandomize=True)


def disagreements(constraint: Constraint, inventory: Inventory) -> list[str]:
    """Pairs of which ``eligible`` and the checker say different things."""
    vms, hosts = inventory.virtual_machines, inventory.hosts
    matrix = constraint.eligible(inventory, vms, hosts)
    assert matrix.shape == (len(vms), len(hosts))
    assert matrix.dtype == np.bool_
    found = []
    for row, vm in zip(matrix, vms, strict=True):
        for may_go, host in zip(row, hosts, strict=True):
            if host.ref == vm.host or (may_go and constraint.name in DEPEND_ON_SEVERAL_VMS):
                continue
            broken = caused_by_move([constraint], inventory, vm, host)
            if may_go == bool(broken):
                found.append(f"{constraint.name}: {vm.ref} to {host.ref}: eligible is {may_go}, but {broken}")
    return found


def unequal_rows(constraint: Constraint, inventory: Inventory) -> list[str]:
    """VMs of one class that may go to different hosts."""
    vms = inventory.virtual_machines
    matrix = constraint.eligible(inventory, vms, inventory.hosts)
    keys = [constraint.class_key(inventory, vm) for vm in vms]
    return [
        f"{constraint.name}: {vms[one].ref} and {vms[other].ref} have the key {keys[one]!r}"
        for one, other in combinations(range(len(vms)), 2)
        if keys[one] == keys[other] and not np.array_equal(matrix[one], matrix[other])
    ]


@given(situations())
@thorough
def test_a_pair_is_eligible_exactly_if_the_move_breaks_nothing(situation: Situation) -> None:
    assert [text for rule in situation.constraints for text in disagreements(rule, situation.inventory)] == []


@given(situations())
@thorough
def test_vms_of_one_class_may_go_to_the_same_hosts(situation: Situation) -> None:
    assert [text for rule in situation.constraints for text in unequal_rows(rule, situation.inventory)] == []


@given(situations())
@thorough
def test_one_vm_and_one_host_are_judged_alone_as_they_are_in_company(situation: Situation) -> None:
    inventory = situation.inventory
    for rule in situation.constraints:
        matrix = rule.eligible(inventory, inventory.virtual_machines, inventory.hosts)
        for row, vm in zip(matrix, inventory.virtual_machines, strict=True):
            alone = [rule.eligible(inventory, [vm], [host])[0, 0] for host in inventory.hosts]
            assert row.tolist() == alone, rule.name


MAPPED = (NetworkMapping(source="net", destination="net2"),)


class HeedsOneRuleOnly(VmHostAffinity):
    """Too loose in pairs: of several rules it takes only the last to heart."""

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for row, vm in enumerate(vms):
            for rule in inventory.vm_host_rules_of(vm.ref):
                if rule.is_mandatory:
                    matrix[row] = [rule.allows(host.ref) for host in hosts]
        return matrix


class WantsAllNetworks(NetworkReachable):
    """Too strict in pairs: asks a host for every network of the source, needed or not."""

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        wanted = [{*vm.networks, *inventory.host(vm.host).networks} for vm in vms]
        return np.array([[networks <= {*host.networks} for host in hosts] for networks in wanted], dtype=bool)


class TrustsTheUnknown(RoundTripTime):
    """Too loose in pairs: sites of which nobody said how far apart they are count as near."""

    def _is_near(self, inventory: Inventory, here: tuple[str, str], there: tuple[str, str]) -> bool:
        link = inventory.site_link(here[0], there[0])
        return link is None or link.rtt_ms <= self.max_rtt_ms


class RefusesColdVms(CpuCapacity):
    """Too strict in pairs: refuses VMs that do not run, which ask for nothing."""

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        running = np.array([[vm.is_powered_on] * len(hosts) for vm in vms], dtype=bool)
        matrix: BoolMatrix = super().eligible(inventory, vms, hosts) & running
        return matrix


class ForgetsTheSite(RoundTripTime):
    """Right in pairs, but with a class too large: the row depends on the site as well."""

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        del inventory
        return vm.is_powered_on


class LetsEverythingLeave(CrossVCenter):
    """Too loose in pairs: templates, vApps and the like go to other vCenters, too."""

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        del inventory
        return np.array(
            [[vm.ref.vcenter == host.ref.vcenter or self._is_new_enough(host) for host in hosts] for vm in vms],
            dtype=bool,
        )


class ForgetsTheMappings(NetworkReachable):
    """Too strict in pairs: no network stands for another."""

    def _stood_for(self, inventory: Inventory, host: Host) -> frozenset[EntityRef]:
        del inventory, host
        return frozenset()


@dataclass(frozen=True)
class Mutant:
    broken: Constraint
    notices: Callable[[Constraint, Inventory], list[str]]


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(HeedsOneRuleOnly(), disagreements),
        Mutant(WantsAllNetworks(), disagreements),
        Mutant(TrustsTheUnknown(max_rtt_ms=150.0), disagreements),
        Mutant(RefusesColdVms(reserve_percent=5), disagreements),
        Mutant(ForgetsTheSite(max_rtt_ms=150.0), unequal_rows),
        Mutant(LetsEverythingLeave(), disagreements),
        Mutant(ForgetsTheMappings(MAPPED), disagreements),
    ],
    ids=lambda mutant: type(mutant.broken).__name__,
)
def test_a_broken_rule_is_noticed(mutant: Mutant) -> None:
    def is_noticed(situation: Situation) -> bool:
        return bool(mutant.notices(mutant.broken, situation.inventory))

    # ``find`` ends at the first that is noticed, and raises NoSuchExample where none is.
    patient = settings(thorough, max_examples=500, phases=[Phase.generate])
    find(situations(), is_noticed, settings=patient)
