"""Where DRS is fully automated vCenter empties a host: one call, watched, told next to the forecast, given up by us."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recommender.actuation.maintenance import Closing, enter_maintenance_mode
from recommender.actuation.vcenter_evacuation import VCenterEvacuation
from recommender.errors import HandedOver
from recommender.inventory.cluster import Cluster, DrsAutomation
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState, VmDrsBehavior, VmKind
from recommender.ports import Order, OrderKind, StepOutcome, StepState
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, a_step


def steered(*vms: Any) -> Inventory:
    """Hosts ``a``, ``b``, ``c`` of one cluster in which DRS is fully automated; three VMs run on ``a``."""
    cluster = Cluster(
        ref=ref("cl"), name="cl", datacenter="dc", drs_enabled=True, drs_automation=DrsAutomation.FULLY_AUTOMATED
    )
    hosts = [make_host(name, cluster=ref("cl")) for name in "abc"]
    return replace(
        make_inventory(hosts, vms or [make_vm(name, "a") for name in ("v1", "v2", "v3")]), clusters=(cluster,)
    )


class Site:
    def __init__(self, inventory: Inventory) -> None:
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(inventory, self.clock)
        self.journal = MemoryJournal()
        self.told: list[str] = []
        self.evacuation = VCenterEvacuation(
            host=ref("a"),
            forecast=[a_step(inventory, 1, "v1", "b")],
            source=self.datacenter,
            migrator=self.datacenter,
            clock=self.clock,
            say=self.told.append,
        )

    def enter(self, **changes: Any) -> StepOutcome:
        arguments: dict[str, Any] = {"evacuation": self.evacuation, "patience": PATIENCE}
        closing = Closing(
            host=ref("a"),
            plan_id=PLAN_ID,
            source=self.datacenter,
            migrator=self.datacenter,
            journal=self.journal,
            clock=self.clock,
            **(arguments | changes),
        )
        self.closing = closing
        return enter_maintenance_mode(closing)


def test_vcenter_empties_the_host_and_each_move_is_told_next_to_its_forecast() -> None:
    site = Site(steered())
    outcome = site.enter()
    assert outcome.state is StepState.DONE
    assert "vCenter moved 3 VMs in" in outcome.detail
    assert "(forecast: 1 VMs in 10 s)" in outcome.detail
    assert site.datacenter.relocate_calls == []  # not one of ours
    assert not site.datacenter.read().vms_on(ref("a"))
    assert [move.vm for move in site.evacuation.moves] == [ref("v1"), ref("v2"), ref("v3")]
    assert all(move.actual_s for move in site.evacuation.moves)
    (first,) = [told for told in site.told if "moved v1 " in told]
    assert "(forecast: to b in 10 s, p95 " in first


def test_what_does_not_run_goes_along_and_templates_do_not() -> None:
    off = make_vm("off", "a", power_state=PowerState.POWERED_OFF)
    site = Site(steered(make_vm("v1", "a"), off))
    assert site.enter().state is StepState.DONE
    assert not site.datacenter.read().vms_on(ref("a"))
    template = make_vm("image", "a", power_state=PowerState.POWERED_OFF, kind=VmKind.TEMPLATE)
    site = Site(steered(make_vm("v1", "a"), template))
    outcome = site.enter()
    assert outcome.state is StepState.FAILED
    assert "still there: 1 VM (image)" in outcome.detail


def test_one_that_drs_leaves_to_people_ends_our_patience_and_the_host_goes_on_working() -> None:
    by_hand = make_vm("by-hand", "a", drs_behavior=VmDrsBehavior.MANUAL)
    site = Site(steered(make_vm("v1", "a"), by_hand))
    outcome = site.enter()
    assert outcome.state is StepState.FAILED
    assert outcome.detail.startswith("given up: nothing has left the host for 18")
    assert "still there: 1 VM (by-hand)" in outcome.detail
    assert site.closing.was_given_up
    assert not site.datacenter.read().host(ref("a")).in_maintenance


def test_vcenter_is_asked_to_stop_when_the_window_ends_or_a_person_says_so() -> None:
    site = Site(steered())
    outcome = site.enter(deadline=site.clock.now() + timedelta(seconds=5))
    assert outcome.state is StepState.FAILED
    assert outcome.detail.startswith("given up: the window ended at ")
    site = Site(steered())
    asked = iter([False, False])
    assert site.enter(stop=lambda: next(asked, True)).detail.startswith("given up: stop was asked for; ")
    site = Site(steered())

    def cancel() -> bool:
        at = site.clock.now()
        if site.clock.monotonic() > 3:
            site.journal.order = Order(kind=OrderKind.CANCEL, author="ann", reason="no", at=at)
        return False

    assert "the plan was cancelled by ann: no" in site.enter(stop=cancel).detail


def test_a_process_that_ends_leaves_vcenter_at_work() -> None:
    site = Site(steered())
    asked = iter([False, False, False])

    def stop() -> bool:
        return next(asked, True)

    with pytest.raises(HandedOver):
        site.enter(stop=stop, hand_over=lambda: True)
    site.clock.sleep(3600.0)
    assert site.datacenter.read().host(ref("a")).in_maintenance
