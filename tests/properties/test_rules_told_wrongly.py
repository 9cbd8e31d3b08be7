"""The comparisons of ``test_placement`` notice rules that are told to the search too loosely or too strictly.

Each rule here is told wrongly in one way, its checker being right; small questions are made until one is noticed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, settings

from recommender.constraints.base import BoolMatrix, FloatVector, PlacementModel
from recommender.constraints.cpu_capacity import CpuCapacity
from recommender.constraints.cpu_compatibility import CpuCompatibility
from recommender.constraints.evacuated_host import EvacuatedHost
from recommender.constraints.excluded_vm import ExcludedVm
from recommender.constraints.memory_capacity import MemoryCapacity
from recommender.constraints.vm_affinity import VmAffinity
from recommender.constraints.vm_anti_affinity import VmAntiAffinity
from recommender.constraints.vm_host_affinity import VmHostAffinity
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.placement.request import PlacementRequest
from tests.properties.every_placement import is_small
from tests.properties.small_clusters import requests
from tests.properties.test_placement import forbidden_things, missed_things

patient = settings(max_examples=600, deadline=None, derandomize=True, phases=[Phase.generate])


@dataclass
class Retold:
    """Passes on what a rule says, to be changed by heirs."""

    model: PlacementModel

    @property
    def vms(self) -> Sequence[VirtualMachine]:
        return self.model.vms

    @property
    def hosts(self) -> Sequence[Host]:
        return self.model.hosts

    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        self.model.capacity(name, demand, limit)

    def together(self, name: str, vms: Sequence[int]) -> None:
        self.model.together(name, vms)

    def apart(self, name: str, vms: Sequence[int]) -> None:
        self.model.apart(name, vms)

    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        self.model.fixed_member(name, vms, host, together=together)

    def spread(self, name: str, vms: Sequence[int], domain_of: Sequence[int], most: Sequence[int]) -> None:
        self.model.spread(name, vms, domain_of, most)


class RoomForAHalfMore(Retold):
    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        self.model.capacity(name, demand, 1.5 * limit)


class NoReservations(Retold):
    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        if not name.endswith("_reservation"):
            self.model.capacity(name, demand, limit)


class NoGroups(Retold):
    def together(self, name: str, vms: Sequence[int]) -> None:
        pass

    def apart(self, name: str, vms: Sequence[int]) -> None:
        pass


class NobodyStandsStill(Retold):
    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        pass


class RoomForTheHalf(Retold):
    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        self.model.capacity(name, demand, 0.5 * limit)


class ReservedOnTop(Retold):
    """Takes demand and reservation to add up, where each has to fit alone."""

    def capacity(self, name: str, demand: FloatVector, limit: FloatVector) -> None:
        reserved = np.array([vm.cpu_reservation_mhz for vm in self.vms], dtype=np.float64)
        self.model.capacity(name, demand + reserved, limit)


class EndsTogether(Retold):
    def apart(self, name: str, vms: Sequence[int]) -> None:
        self.model.apart(name, vms)
        self.model.together(name, [0, len(self.vms) - 1])


class EndsApart(Retold):
    def together(self, name: str, vms: Sequence[int]) -> None:
        self.model.together(name, vms)
        self.model.apart(name, [0, len(self.vms) - 1] if len(self.vms) > 1 else [])


def told_by(way: Callable[[PlacementModel], Retold], rule: Any) -> Callable[..., None]:
    original = rule.post
    return lambda self, inventory, model: original(self, inventory, way(model))


def anywhere(rule: object, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
    del rule, inventory
    return np.ones((len(vms), len(hosts)), dtype=bool)


def not_the_last(
    rule: object, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]
) -> BoolMatrix:
    del rule, inventory
    return np.tile(np.arange(len(hosts)) < len(hosts) - 1, (len(vms), 1))


def with_one_that_stays(request: PlacementRequest) -> PlacementRequest:
    """The first VM of each group is nobody's to move; those to be kept together are, where there is little room."""
    inventory = request.inventory
    stays = {group.vms[0] for group in inventory.vm_affinity_rules}
    stays |= {group.vms[0] for group in inventory.vm_anti_affinity_rules}
    joined = {vm: inventory.vm(group.vms[0]).host for group in inventory.vm_affinity_rules for vm in group.vms}
    vms = []
    for vm in inventory.virtual_machines:
        if vm.ref in joined:
            busy = replace(vm.load, cpu_demand_mhz=5300)
            vm = replace(vm, host=joined[vm.ref], load=busy, tags=())  # noqa: PLW2901
        vms.append(replace(vm, kind=VmKind.VCLS) if vm.ref in stays else vm)
    return replace(request, inventory=replace(inventory, virtual_machines=tuple(vms)))


def expect_noticed(notices: Callable[[PlacementRequest], list[str]], *, of_those_that_stay: bool = False) -> None:
    questions = requests(eventful=True)
    if of_those_that_stay:
        questions = questions.map(with_one_that_stays)
    asked = questions.filter(is_small) if notices is missed_things else questions
    # ``find`` ends at the first that is noticed, and raises NoSuchExample where none is.
    find(asked, lambda request: bool(notices(request)), settings=patient)


@pytest.mark.parametrize(
    ("rule", "way"),
    [
        (MemoryCapacity, RoomForAHalfMore),
        (CpuCapacity, NoReservations),
        (VmAffinity, NoGroups),
        (VmAntiAffinity, NoGroups),
        (VmAffinity, NobodyStandsStill),
        (VmAntiAffinity, NobodyStandsStill),
    ],
)
def test_a_rule_posted_too_loosely_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: Any, way: Any) -> None:
    monkeypatch.setattr(rule, "post", told_by(way, rule))
    expect_noticed(forbidden_things, of_those_that_stay=way is NobodyStandsStill)


@pytest.mark.parametrize("rule", [CpuCompatibility, EvacuatedHost, VmHostAffinity])
def test_a_rule_that_finds_too_many_pairs_eligible_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: Any) -> None:
    monkeypatch.setattr(rule, "eligible", anywhere)
    expect_noticed(forbidden_things)


@pytest.mark.parametrize(
    ("rule", "way"),
    [
        (MemoryCapacity, RoomForTheHalf),
        (CpuCapacity, ReservedOnTop),
        (VmAffinity, EndsApart),
        (VmAntiAffinity, EndsTogether),
    ],
)
def test_a_rule_posted_too_strictly_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: Any, way: Any) -> None:
    monkeypatch.setattr(rule, "post", told_by(way, rule))
    expect_noticed(missed_things)


@pytest.mark.parametrize("rule", [CpuCompatibility, ExcludedVm])
def test_a_rule_that_finds_too_few_pairs_eligible_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: Any) -> None:
    monkeypatch.setattr(rule, "eligible", not_the_last)
    expect_noticed(missed_things)
